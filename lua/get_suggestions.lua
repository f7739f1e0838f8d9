-- GET /me/suggestions: the open needs that suit the caller best, of those that
-- are offered at their station or above.  It looks at no more than TAGGED needs
-- of each of their tags and OTHERS of all, at each org, by when they end.
-- KEYS   account due
-- ARGV   me limit
-- shared utc_offset
-- reply  200, the needs
-- or     not-found erased

--include match

local PAGE = 20
local TAGGED = 20
local OTHERS = 100
local NEEDS = 300

local account_key, due = keys()
local me, limit = arguments()
local utc_offset = shared()

local a = account_read(account_key, me, today_at(utc_offset))

if not a then
    return {'not-found'}
end
if a.frozen ~= 0 or not a.station then
    return {200, 0, {}}
end

local prefix = a.prefix
of_type(due, 'zset')
needs_touch(prefix)

local seen, found, left = {}, {}, NEEDS

local function look(need)
    if seen[need] or left == 0 then
        return
    end
    seen[need] = true
    left = left - 1
    local key = prefix .. 'n:' .. need
    local n = need_now(key, need) or corrupt(key, 'title')
    local distance = match_distance(prefix, n.station, a.station)
    if n.state ~= 'open' or not distance
        or is_person(prefix, n.resident, a.id)
    then
        return
    end
    local tags, common = match_tags(n.tags, a.tags)
    local free = match_free(a.free, n.on)
    local values = {need_values(n, false)}
    values.rank = match_rank(distance, common, free, n['until'], n.id)
    values[#values + 1] = distance
    values[#values + 1] = tags
    values[#values + 1] = free ~= nil and (free and 1 or 0)
    found[#found + 1] = values
end

local function look_at(org, tag, most)
    local offered = prefix .. 'ns:' .. org .. ':' .. tag
    for _, need in ipairs(redis.call('ZRANGE', offered, 0, most - 1)) do
        look(need)
    end
end

for _, org in ipairs(org_line(prefix, a.station)) do
    for tag in (a.tags or ''):gmatch('[^,]+') do
        look_at(org, tag, TAGGED)
    end
    look_at(org, '', OTHERS)
end

return {200, 0, match_best(found, tonumber(limit) or PAGE)}
