-- GET /volunteers/{volunteer}/ledger: a page of entries, newest first.  The
-- index only grows at its end, so a place in it is a cursor that stays good.
-- KEYS   account
-- ARGV   volunteer limit after, role scope
-- reply  200, the entries, next or false
-- or     not-found forbidden invalid-field(after)

--include account
--include ledger

local PAGE = 20

local account_key = KEYS[1]
local volunteer, limit, after, role, scope = unpack(ARGV)

local a = account_read(account_key, volunteer, 0)

if not a then
    return {'not-found'}
end
if out_of_scope(role, scope, a) then
    return {'forbidden'}
end

local index = a.prefix .. 'l:' .. a.id
local ledger = a.prefix .. 'ledger'
local length = redis.call('LLEN', index)
local stop = length - 1
if after ~= '' then
    if #after > 12 or not after:find('^%d+$') or after + 0 > length then
        return {'invalid-field', 'is not the next of a page', 'after'}
    end
    stop = after - 1
end

local start = math.max(stop - (tonumber(limit) or PAGE) + 1, 0)
local ids = stop >= 0 and redis.call('LRANGE', index, start, stop) or {}
local entries = {}

-- a voucher's code is not for an organizer
local hidden = role == 'organizer'

for i = #ids, 1, -1 do
    local e = ledger_read(a.prefix, ids[i]) or corrupt(ledger, ids[i])
    entries[#entries + 1] = {
        ids[i], ids[i], e.type, integer(e.points, nil, ledger, 'points'),
        integer(e.earned, nil, ledger, 'earned'),
        integer(e.balance, nil, ledger, 'balance'), e.ref,
        not hidden and e.voucher, e.merchant,
        integer(e.on, nil, ledger, 'on'),
        e.minutes ~= '' and integer(e.minutes, nil, ledger, 'minutes'),
        e.expires ~= '' and integer(e.expires, nil, ledger, 'expires'),
        e.amount ~= '' and integer(e.amount, nil, ledger, 'amount'),
        e.by, e.role, e.scope, e.rules, e.note,
        e.type ~= 'merge' and e.type ~= 'merged' and e.evidence, e.proposal
    }
end

return {200, 0, entries, start > 0 and tostring(start)}
