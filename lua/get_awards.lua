-- GET /awards: a page of the awards that wait for approval, the oldest first.
-- It looks at SCAN of them at most, so that of one volunteer may be short, or
-- empty, with a next.
-- KEYS   waiting
-- ARGV   prefix volunteer limit after, role
-- reply  200, the awards, next or false
-- or     erased invalid-field(after)

--include ledger
--include erased

local SCAN = 200
local PAGE = 20

local waiting = keys()
local prefix, volunteer, limit, after, role = arguments()

if role == 'volunteer' and is_erased(prefix, volunteer) then
    return {'erased'}
end

limit = tonumber(limit) or PAGE
local account = volunteer ~= '' and answering(prefix, volunteer)
local from, seq = '-inf', nil
if after ~= '' then
    if not is_entry(after) then
        return {'invalid-field', 'is not the next of a page', 'after'}
    end
    from, seq = after:match('^(%d+)%-(%d+)$')
end

-- up to the last of the page before, which may be decided meanwhile; those of
-- a millisecond are in the order of their bytes
local function is_before(proposal)
    local ms, n = proposal:match('^(%d+)%-(%d+)$')
    return ms == from and n <= seq
end

local ids = redis.call('ZRANGEBYSCORE', waiting, from, '+inf', 'LIMIT', 0, SCAN)
local awards = {}
local next_page = #ids == SCAN and ids[SCAN]

for i, proposal in ipairs(ids) do
    if #awards == limit then
        next_page = ids[i - 1]
        break
    end
    local e = ledger_read(prefix, proposal) or corrupt(waiting, proposal)
    if not is_before(proposal)
        and (not account or answering(prefix, e.volunteer) == account)
    then
        awards[#awards + 1] = {
            proposal, proposal, e.volunteer, e.ref,
            natural(e.amount, nil, prefix .. 'ledger', 'amount'), e.by,
            e.evidence, e.note
        }
    end
end

return {200, 0, awards, next_page}
