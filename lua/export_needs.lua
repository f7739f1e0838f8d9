-- GET /export?what=needs, and what=registry: a page of needs, as they are
-- stored but without those who were erased, in the order in which they were
-- published.
-- KEYS   needs:last
-- ARGV   prefix after
-- reply  200, the needs, the last one's id, more
-- or     invalid-field(after)

--include need
--include export_walk

local PAGE = 200

local prefix, after = arguments()

local place = '-inf'
if after ~= '' then
    place = need_place(after)
    if not place then
        return {'invalid-field', 'is not the id of a need', 'after'}
    end
    place = '(' .. place
end

-- one that changes its state meanwhile keeps its place
local lists = {}
for state in pairs(NEED_STATES) do
    lists[#lists + 1] = redis.call('ZRANGEBYSCORE',
                                   prefix .. 'nl:' .. state .. ':', place,
                                   '+inf', 'LIMIT', 0, PAGE)
end
local needs = merged_first(lists, function(a, b)
    return tonumber(need_place(a)) < tonumber(need_place(b))
end, PAGE)
local page = {}

for i, need in ipairs(needs) do
    local key = prefix .. 'n:' .. need
    local n = need_read(key, need) or corrupt(prefix .. 'nl:', need)
    local by = redis.call('HGET', key, 'by')
    if by and by == n.resident and is_erased(prefix, by) then
        by = false
    end
    n = need_left(n)
    page[i] = {need_values(n, true)}
    local values = page[i]
    values[#values + 1] = n.line
    values[#values + 1] = n.rises
    values[#values + 1] = by
end

return {200, 0, page, needs[#needs] or after, #needs == PAGE and 1 or 0}
