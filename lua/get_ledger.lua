-- GET /volunteers/{volunteer}/ledger: a page of entries, newest first.  Its
-- next is the entries with which the account's history goes on.
-- KEYS   account
-- ARGV   volunteer limit after, role scope
-- reply  200, the entries, next or false
-- or     not-found forbidden erased invalid-field(after)

--include history

local PAGE = 20

local account_key = keys()
local volunteer, limit, after, role, scope = arguments()

local a = account_read(account_key, volunteer, 0, sees_erased(role))

if not a then
    return {'not-found'}
end
if out_of_scope(role, scope, a) then
    return {'forbidden'}
end

local history = history_open(a, after)
if not history then
    return {'invalid-field', 'is not the next of a page', 'after'}
end

-- whom somebody was taken for is for staff
local staff = role == 'admin' or role == 'auditor'
-- a voucher's code is not for an organizer
local hidden = role == 'organizer'
local entries = {}

limit = tonumber(limit) or PAGE
while #entries < limit do
    local e = chain_next(history)
    if not e then
        break
    end
    entries[#entries + 1] =
        history_values(e, history.ledger,
                       staff and e.ref or history_ref(a.prefix, a.id, e), e.by,
                       not hidden and e.voucher)
end

return {200, 0, entries, #history.heads > 0 and chain_heads(history)}
