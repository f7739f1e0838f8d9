-- PUT /orgs/{org}/goal: how many hours an org and those below it want to serve,
-- in a year or of all time; 0 takes the goal away.
-- KEYS   org
-- ARGV   prefix org hours year, role scope
-- shared utc_offset
-- reply  200, the org's figures, as get_org_stats
-- or     not-found forbidden

--include org_stats

local key = keys()
local prefix, org, hours, year, role, scope = arguments()
local utc_offset = shared()

if redis.call('HEXISTS', key, 'title') == 0 then
    return {'not-found'}
end
if role == 'organizer' and not org_reaches(prefix, scope, org) then
    return {'forbidden'}
end

-- what is shown must be readable before it is written
local shown = tonumber(year) or year_of(today_at(utc_offset))
org_stats(prefix, org, shown)

if hours == '0' then
    redis.call('HDEL', key, 'goal' .. year)
else
    redis.call('HSET', key, 'goal' .. year, hours)
end

return {200, 0, org_stats(prefix, org, shown)}
