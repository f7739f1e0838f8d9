-- PUT /activities/{activity}: an occasion of service, a draft at first, or
-- other facts of one.  Where somebody has signed up, its times and its org stay, and
-- so do posts that are taken.
-- KEYS   activity
-- ARGV   prefix activity title org project starts ends withdraw_until place
--        latitude longitude radius tags emergency beneficiaries posts secret,
--        role scope
-- shared utc_offset
-- reply  201 or 200, the activity
-- or     forbidden not-open invalid-field(org, project, starts, ends,
--        withdraw_until, latitude, longitude, radius, posts)

--include activity
--include signup
--include fields

local key = keys()
local prefix, activity, title, org, project, starts, ends, withdraw_until,
      place, latitude, longitude, radius, tags, emergency, beneficiaries,
      posts, secret, role, scope = arguments()
local utc_offset = shared()

local old = activity_read(prefix, activity)

if role == 'organizer' then
    if org == '' then
        org = scope
    end
    if not org_reaches(prefix, scope, org)
        or old and not activity_reached(old, role, scope)
    then
        return {'forbidden'}
    end
end
if old and (old.state ~= 'draft' and old.state ~= 'open'
            or old.state == 'open' and now() >= old.ends)
then
    return activity_not_open(old, now())
end
if org ~= '' and redis.call('HEXISTS', prefix .. 'g:' .. org, 'title') == 0 then
    return {'invalid-field', 'is no org', 'org'}
end
if project ~= ''
    and redis.call('HEXISTS', prefix .. 'j:' .. project, 'title') == 0
then
    return {'invalid-field', 'is no project', 'project'}
end

starts, ends = tonumber(starts), tonumber(ends)
withdraw_until = tonumber(withdraw_until)
if ends - starts < 60 or ends - starts > DAY_SECONDS then
    return {'invalid-field', 'is not a minute to a day after starts', 'ends'}
end
if withdraw_until and withdraw_until > ends then
    return {'invalid-field', 'is after ends', 'withdraw_until'}
end
if (latitude == '') ~= (longitude == '') then
    return {'invalid-field', 'is required with the other',
            latitude == '' and 'latitude' or 'longitude'}
end
if radius ~= '' and latitude == '' then
    return {'invalid-field', 'needs latitude and longitude', 'radius'}
end

local signed_up = old and redis.call('EXISTS', signups_key(old)) == 1
if signed_up then
    if starts ~= old.starts then
        return {'invalid-field', 'stays: somebody has signed up', 'starts'}
    end
    if ends ~= old.ends then
        return {'invalid-field', 'stays: somebody has signed up', 'ends'}
    end
    if org ~= (old.org or '') then
        return {'invalid-field', 'stays: somebody has signed up', 'org'}
    end
end

-- a post may go that nobody has, or waits for
local a = {
    id = activity, key = key, prefix = prefix,
    state = old and old.state or 'draft', starts = starts, ends = ends,
    org = org ~= '' and org, project = project ~= '' and project,
    tags = tags ~= '' and tags, emergency = tonumber(emergency) or 0,
    posts = posts_of(posts, key)
}
for _, p in ipairs(a.posts) do
    local before = old and old.posts[p.id]
    p.taken = before and before.taken or 0
    if p.places < p.taken then
        return {'invalid-field', p.id .. ' has ' .. p.taken .. ' places taken',
                'posts'}
    end
end
for _, p in ipairs(old and old.posts or {}) do
    if not a.posts[p.id]
        and (p.taken > 0
             or redis.call('EXISTS', waiting_key(old, p.id)) == 1)
    then
        return {'invalid-field', p.id .. ' is taken', 'posts'}
    end
end
a.days = activity_days(a, utc_offset)

local moves, left = {}, MOVES_MAX
for i, p in ipairs(signed_up and a.posts or {}) do
    moves[i] = moves_up(a, p, left)
    left = left - #moves[i]
end
local lists = old and activity_lists(old) or {}
lists_ready(lists)
lists_ready(activity_lists(a))
for _, p in ipairs(a.posts) do
    of_type(waiting_key(a, p.id), 'zset')
end

local set = {'title', title, 'starts', starts, 'ends', ends, 'place', place,
             'days', a.days, 'posts', posts, 'state', a.state}
local unset = {}
put_field(set, unset, 'org', org)
put_field(set, unset, 'project', project)
put_field(set, unset, 'withdraw_until', withdraw_until or '')
put_field(set, unset, 'latitude', latitude)
put_field(set, unset, 'longitude', longitude)
put_field(set, unset, 'radius', radius)
put_field(set, unset, 'tags', tags)
put_field(set, unset, 'emergency', emergency)
put_field(set, unset, 'beneficiaries', beneficiaries)
if not old then
    put_field(set, unset, 'secret', secret)
end
for _, p in ipairs(old and old.posts or {}) do
    if not a.posts[p.id] then
        unset[#unset + 1] = 'taken:' .. p.id
    end
end
redis.call('HSET', key, unpack(set))
if old and unset[1] then
    redis.call('HDEL', key, unpack(unset))
end
for i, p in ipairs(signed_up and a.posts or {}) do
    move_up(a, p, moves[i])
end
activity_relist(lists, activity_lists(a))

return {old and 200 or 201, 0,
        activity_values(activity_read(prefix, activity), now(), true)}
