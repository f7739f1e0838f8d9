-- GET /export?what=registry: the periods whose list was published.
-- KEYS   selections
-- ARGV   after
-- reply  200, the periods: first year, when published; after, 0

--include check
--include fields

local selections = keys()
local after = arguments()

local times = fields_of(redis.call('HGETALL', selections))
local periods = {}
for period in pairs(times) do
    periods[#periods + 1] = natural(period, nil, selections, period)
end
table.sort(periods)
for i, period in ipairs(periods) do
    local field = string.format('%d', period)
    periods[i] = {period, natural(times[field], nil, selections, field)}
end

return {200, 0, after == '' and periods or {}, 'all', 0}
