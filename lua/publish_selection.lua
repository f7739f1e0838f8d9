-- POST /selection/publish: the list of the period is closed, and everybody sees
-- it.
-- KEYS   selections
-- ARGV   prefix
-- shared utc_offset stars selection
-- reply  200, the period's first and last year, when it was published, how many
--        are on the list
-- or     not-found

--include selection

local prefix = arguments()
local utc_offset, stars, rule = shared()

local s, refusal = selection_read(prefix, rule, stars, today_at(utc_offset), '')
if not s then
    return refusal
end
if not s.published then
    s.published = now()
    redis.call('HSET', keys(), s.period, s.published)
end

return {200, 0, s.period, s.last, s.published,
        redis.call('ZLEXCOUNT', s.key, '[shortlisted:', '(shortlisted;')}
