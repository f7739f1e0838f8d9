-- GET /volunteers/{volunteer}/ledger: a page of entries, newest first.  Its
-- next is the last entry of it, which is no place in the index: a merge puts
-- entries in between, and undoing it takes them out.
-- KEYS   account
-- ARGV   volunteer limit after, role scope
-- reply  200, the entries, next or false
-- or     not-found forbidden invalid-field(after)

--include account
--include ledger

local PAGE = 20

local account_key = keys()
local volunteer, limit, after, role, scope = arguments()

local a = account_read(account_key, volunteer, 0)

if not a then
    return {'not-found'}
end
if out_of_scope(role, scope, a) then
    return {'forbidden'}
end

local index = a.prefix .. 'l:' .. a.id
local ledger = a.prefix .. 'ledger'

-- how many of the first so many ids of the index are below that of an entry
local function index_below(entry, length)
    local low, high = 0, length
    while low < high do
        local middle = math.floor((low + high) / 2)
        local at = redis.call('LINDEX', index, middle)
        if not is_entry(at) then
            corrupt(index, at)
        end
        if entry_above(entry, at) then
            low = middle + 1
        else
            high = middle
        end
    end
    return low
end

local stop = redis.call('LLEN', index)
if after ~= '' then
    if not is_entry(after) then
        return {'invalid-field', 'is not the next of a page', 'after'}
    end
    stop = index_below(after, stop)
end

local start = math.max(stop - (tonumber(limit) or PAGE), 0)
local ids = stop > 0 and redis.call('LRANGE', index, start, stop - 1) or {}
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

return {200, 0, entries, start > 0 and ids[1]}
