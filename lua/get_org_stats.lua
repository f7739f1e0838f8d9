-- GET /orgs/{org}/stats: what was counted at an org and below it, of all time
-- and of a year; by whatever it grew, to show it costs the same.
-- KEYS   org
-- ARGV   prefix org year
-- shared utc_offset
-- reply  200, org, title, level, parent or false, the figures, the goal's hours
--        and those done or false, the year, its figures, its goal's hours and
--        those done or false
-- or     not-found

--include org_stats

local prefix, org, year = arguments()
local utc_offset = shared()

if redis.call('HEXISTS', keys(), 'title') == 0 then
    return {'not-found'}
end

year = tonumber(year) or year_of(today_at(utc_offset))

return {200, 0, org_stats(prefix, org, year)}
