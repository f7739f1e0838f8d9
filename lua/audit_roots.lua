-- The audit's phase "seals": which roots are no seals of their day.
-- KEYS   lease audit seals roots
-- ARGV   prefix token lease_ms, start limit
-- reply  200, the start of the next page or 0, the ids that are not
-- or     409: another worker has the duty, or the audit is not at this phase

--include check
--include fields
--include lease

local lease, audit, seals, roots = keys()
local prefix, token, lease_ms, start, limit = arguments()

if not leased(lease, token, lease_ms)
   or redis.call('HGET', audit, 'phase') ~= 'seals'
then
    return {409, 0}
end

local function is_seal(id, on)
    if not id:find('^%d+%-%d+$') then
        return false
    end
    local seal = redis.call('XRANGE', seals, id, id)[1]
    return seal and fields_of(seal[2]).on == on
end

local page = redis.call('ZRANGE', roots, start, start + limit - 1,
                        'WITHSCORES')
local none = {}

for i = 1, #page, 2 do
    if not is_seal(page[i], page[i + 1]) then
        none[#none + 1] = page[i]
    end
end

return {200, 0, #page < 2 * limit and 0 or start + limit, none}
