-- POST /activities/{activity}/repeat: copies of an activity on days to come,
-- "ID-20260501", with its posts; a day that has one keeps it.
-- KEYS   activity
-- ARGV   prefix activity every until secret, role scope
-- shared utc_offset
-- reply  200, activity, how many were made, the ids of all
-- or     not-found forbidden not-open invalid-field(activity, every, until)

--include activity
--include fields

local COPIES_MAX = 366

local key = keys()
local prefix, activity, every, last, secret, role, scope = arguments()
local utc_offset = shared()

local a, refusal = activity_managed(prefix, activity, role, scope)
if not a then
    return refusal
end
if a.state ~= 'draft' and a.state ~= 'open' then
    return activity_not_open(a, now())
end
local step = ({day = 1, week = 7})[every]
if not step then
    return {'invalid-field', 'must be day or week', 'every'}
end
if #activity > 55 then
    return {'invalid-field', 'has more than 55 characters', 'activity'}
end
local first = day_of(a.starts, utc_offset)
last = tonumber(last)
if last < first + step then
    return {'invalid-field', 'is before the first copy', 'until'}
end
if floor((last - first) / step) > COPIES_MAX then
    return {'invalid-field', 'makes more than ' .. COPIES_MAX .. ' copies',
            'until'}
end

-- the activity as it is copied
local fields = fields_of(redis.call('HGETALL', key))
local copied = {}
for _, field in ipairs({
    'title', 'org', 'project', 'place', 'latitude', 'longitude', 'radius',
    'tags', 'emergency', 'beneficiaries', 'posts', 'state'
}) do
    put_field(copied, nil, field, fields[field] or '')
end
for _, p in ipairs(a.posts) do
    p.taken = 0
end

local ids, copies, lists = {}, {}, {}
for day = first + step, last, step do
    local y, m, d = date_of(day)
    local shift = (day - first) * DAY_SECONDS
    local copy = {prefix = prefix, state = a.state, org = a.org,
                  project = a.project, tags = a.tags, emergency = a.emergency,
                  posts = a.posts, starts = a.starts + shift,
                  ends = a.ends + shift,
                  withdraw_until = a.withdraw_until
                                   and a.withdraw_until + shift}
    copy.id = string.format('%s-%04d%02d%02d', activity, y, m, d)
    copy.key = prefix .. 'a:' .. copy.id
    copy.days = activity_days(copy, utc_offset)
    ids[#ids + 1] = copy.id
    of_type(copy.key, 'hash')
    if redis.call('EXISTS', copy.key) == 0 then
        copies[#copies + 1] = copy
        for list in pairs(activity_lists(copy)) do
            lists[list] = true
        end
    end
end
lists_ready(lists)

for _, copy in ipairs(copies) do
    local set = {'starts', copy.starts, 'ends', copy.ends, 'days', copy.days,
                 'secret', redis.sha1hex(secret .. copy.id)}
    put_field(set, nil, 'withdraw_until', copy.withdraw_until or '')
    redis.call('HSET', copy.key, unpack(copied))
    redis.call('HSET', copy.key, unpack(set))
    activity_relist({}, activity_lists(copy))
end

return {200, 0, activity, #copies, table.concat(ids, ',')}
