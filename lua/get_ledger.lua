-- GET /volunteers/{volunteer}/ledger: a page of entries, newest first.  Its
-- next is the entries with which the account's history goes on.
-- KEYS   account
-- ARGV   volunteer limit after, role scope
-- reply  200, the entries, next or false
-- or     not-found forbidden erased invalid-field(after)

--include account
--include answering
--include chain

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

local history = chain_new(a.prefix)

if after ~= '' then
    -- whoever asks may have put any entry's id there
    for entry in (after .. ','):gmatch('([^,]*),') do
        local e = ledger_find(a.prefix, entry)
        if not e or answering(a.prefix, e.volunteer) ~= a.id then
            return {'invalid-field', 'is not the next of a page', 'after'}
        end
        chain_add(history, entry, e.volunteer)
    end
elseif a.last ~= '' then
    chain_add(history, linked(a.last), a.id)
end

local ledger = history.ledger
local entries = {}

-- a voucher's code is not for an organizer
local hidden = role == 'organizer'

limit = tonumber(limit) or PAGE
while #entries < limit do
    local e = chain_next(history)
    if not e then
        break
    end
    entries[#entries + 1] = {
        e.id, e.id, e.type, integer(e.points, nil, ledger, 'points'),
        integer(e.earned, nil, ledger, 'earned'),
        integer(e.balance, nil, ledger, 'balance'), e.ref,
        not hidden and e.voucher, e.merchant,
        integer(e.on, nil, ledger, 'on'),
        e.minutes ~= '' and integer(e.minutes, nil, ledger, 'minutes'),
        e.expires ~= '' and integer(e.expires, nil, ledger, 'expires'),
        e.amount ~= '' and integer(e.amount, nil, ledger, 'amount'),
        e.by, e.role, e.scope, e.rules, e.note,
        e.type ~= 'merge' and e.type ~= 'merged' and e.evidence, e.proposal,
        e.org
    }
end

return {200, 0, entries, #history.heads > 0 and chain_heads(history)}
