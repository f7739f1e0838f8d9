-- GET /awards: a page of the awards that wait for approval, the oldest first.
-- It looks at SCAN of them at most, so that of one volunteer may be short, or
-- empty, with a next.
-- KEYS   waiting
-- ARGV   prefix volunteer limit after
-- reply  200, the awards, next or false
-- or     invalid-field(after)

--include ledger

local SCAN = 200
local PAGE = 20

local waiting = KEYS[1]
local prefix, volunteer, limit, after = unpack(ARGV)

limit = tonumber(limit) or PAGE
local from = 0
if after ~= '' then
    from = tonumber(after)
    if not from or from < 0 or #after > 12 or from % 1 ~= 0 then
        return {'invalid-field', 'is not the next of a page', 'after'}
    end
end

local ids = redis.call('ZRANGE', waiting, from, from + SCAN - 1)
local awards = {}
local next_page = #ids == SCAN and from + SCAN

for i, proposal in ipairs(ids) do
    if #awards == limit then
        next_page = from + i - 1
        break
    end
    local e = ledger_read(prefix, proposal) or corrupt(waiting, proposal)
    if volunteer == '' or e.volunteer == volunteer then
        awards[#awards + 1] = {
            proposal, proposal, e.volunteer, e.ref,
            natural(e.amount, nil, prefix .. 'ledger', 'amount'), e.by,
            e.evidence, e.note
        }
    end
end

return {200, 0, awards, next_page and tostring(next_page)}
