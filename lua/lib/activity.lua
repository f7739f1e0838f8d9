--include check
--include clock
--include org

-- An activity is a hash at a:ACTIVITY: what its organizer says of it, the state
-- as it was set (draft, open, closed, cancelled), the secret of its code, and
-- counts: taken:POST, the places that are taken, served and minutes, what was
-- given for it, seq, how many signed up ever, counted, the year for which its
-- org counts it.  posts has a line for each, of id, places and title, with
-- tabs.
--
-- It is listed in the sorted sets al:STATE, al:STATE:o:ORG, ...:p:PROJECT,
-- ...:t:TAG, ...:d:DAY, and al:open:f while a place is free, each by emergency,
-- start and id.

local DAY_SECONDS = 86400

local ACTIVITY_TEXTS = {'title', 'place', 'posts', 'state', 'secret'}
local ACTIVITY_IDS = {'org', 'project', 'tags', 'days'}
local ACTIVITY_NUMBERS = {'starts', 'ends', 'withdraw_until', 'radius',
                          'closed', 'counted'}
local ACTIVITY_COUNTS = {'emergency', 'beneficiaries', 'served', 'minutes',
                         'seq'}
local ACTIVITY_DEGREES = {'latitude', 'longitude'}

local ACTIVITY_STATES = {draft = true, open = true, closed = true,
                         cancelled = true}

-- the posts in the text of an activity: a list, and by id
local function posts_of(text, key)
    local posts = {}
    for line in text:gmatch('[^\n]+') do
        local post, places, title = line:match('^([%w._-]+)\t(%d+)\t([^\t]+)$')
        if not post then
            corrupt(key, 'posts')
        end
        local p = {id = post, title = title,
                   places = natural(places, nil, key, 'posts')}
        posts[#posts + 1] = p
        posts[post] = p
    end
    if not posts[1] then
        corrupt(key, 'posts')
    end
    return posts
end

-- the activity, or nil
local function activity_read(prefix, activity)
    local key = prefix .. 'a:' .. activity
    local names, f = {}, {}
    for _, list in ipairs({ACTIVITY_TEXTS, ACTIVITY_IDS, ACTIVITY_NUMBERS,
                           ACTIVITY_COUNTS, ACTIVITY_DEGREES})
    do
        for _, name in ipairs(list) do
            names[#names + 1] = name
        end
    end
    for i, value in ipairs(redis.call('HMGET', key, unpack(names))) do
        f[names[i]] = value
    end
    if not f.title then
        return absent(key, 'title')
    end

    local a = {id = activity, key = key, prefix = prefix}
    for _, name in ipairs(ACTIVITY_TEXTS) do
        a[name] = f[name] or corrupt(key, name)
    end
    for _, name in ipairs(ACTIVITY_IDS) do
        a[name] = f[name] and id(f[name], key, name)
    end
    for _, name in ipairs(ACTIVITY_NUMBERS) do
        a[name] = natural(f[name], false, key, name)
    end
    for _, name in ipairs(ACTIVITY_COUNTS) do
        a[name] = natural(f[name], 0, key, name)
    end
    for _, name in ipairs(ACTIVITY_DEGREES) do
        a[name] = integer(f[name], false, key, name)
    end
    if not ACTIVITY_STATES[a.state] then
        corrupt(key, 'state')
    end
    if not a.starts or not a.ends or a.ends <= a.starts
        or a.ends - a.starts > DAY_SECONDS
    then
        corrupt(key, 'ends')
    end

    a.posts = posts_of(a.posts, key)
    for i, p in ipairs(a.posts) do
        names[i] = 'taken:' .. p.id
    end
    for i, n in ipairs(redis.call('HMGET', key,
                                  unpack(names, 1, #a.posts)))
    do
        a.posts[i].taken = natural(n, 0, key, names[i])
    end
    return a
end

-- what its state is at a time: one that is open runs, and is over
local function activity_state(a, time)
    if a.state ~= 'open' or time < a.starts then
        return a.state
    end
    return time < a.ends and 'running' or 'over'
end

-- the refusal of one whose state is another
local function activity_not_open(a, time)
    return {'not-open', 'the activity is ' .. activity_state(a, time)}
end

-- whether a role may manage it
local function activity_reached(a, role, scope)
    return role ~= 'organizer'
           or a.org and org_reaches(a.prefix, scope, a.org) or false
end

-- the activity that a caller manages; or nil and the refusal, which names field
local function activity_managed(prefix, activity, role, scope, field)
    local a = activity_read(prefix, activity)
    if not a then
        return nil, {'not-found', '', field}
    end
    if not activity_reached(a, role, scope) then
        return nil, {'forbidden'}
    end
    return a
end

-- whether a role may see it: a draft is for those who make it
local function activity_shown(a, role, scope)
    return a.state ~= 'draft' or role == 'admin' or role == 'auditor'
           or role == 'organizer' and activity_reached(a, role, scope)
end

local function activity_minutes(a)
    return floor((a.ends - a.starts) / 60)
end

local function activity_free(a)
    for _, p in ipairs(a.posts) do
        if p.taken < p.places then
            return true
        end
    end
    return false
end

local function waiting_key(a, post)
    return a.prefix .. 'sw:' .. a.id .. ':' .. post
end

-- the activity as the end of a reply; alone says how many wait
local function activity_values(a, time, alone)
    local posts = {}
    for i, p in ipairs(a.posts) do
        posts[i] = {p.id, p.title, p.places, p.taken,
                    alone and redis.call('ZCARD', waiting_key(a, p.id))
                    or false}
    end
    return a.id, a.title, a.org or false, a.project or false,
           activity_state(a, time), a.starts, a.ends,
           a.withdraw_until or false, a.place, a.latitude or false,
           a.longitude or false, a.radius or false, a.tags or false,
           a.emergency, a.beneficiaries, posts, a.served, a.minutes
end

local function activity_member(a)
    return (a.emergency == 1 and '0:' or '1:')
           .. string.format('%012d:', a.starts) .. a.id
end

-- the days, of the rulebook's time zone, on which it takes place
local function activity_days(a, utc_offset)
    local first = day_of(a.starts, utc_offset)
    local last = day_of(a.ends - 1, utc_offset)
    return first == last and tostring(first) or first .. ',' .. last
end

-- what it is listed in: keys -> its member there
local function activity_lists(a)
    local head, member = a.prefix .. 'al:' .. a.state, activity_member(a)
    local lists = {[head] = member}
    if a.org then
        lists[head .. ':o:' .. a.org] = member
    end
    if a.project then
        lists[head .. ':p:' .. a.project] = member
    end
    for tag in (a.tags or ''):gmatch('[^,]+') do
        lists[head .. ':t:' .. tag] = member
    end
    for day in (a.days or ''):gmatch('[^,]+') do
        lists[head .. ':d:' .. day] = member
    end
    if a.state == 'open' and activity_free(a) then
        lists[head .. ':f'] = member
    end
    return lists
end

-- ends the script unless these lists can be written
local function lists_ready(lists)
    for key in pairs(lists) do
        of_type(key, 'zset')
    end
end

-- Moves it from the lists that it was in, {} for none, to those where it
-- belongs now.  Both are to be looked at before, by lists_ready().
local function activity_relist(old, new)
    for key, member in pairs(old) do
        if new[key] ~= member then
            redis.call('ZREM', key, member)
        end
    end
    for key, member in pairs(new) do
        if old[key] ~= member then
            redis.call('ZADD', key, 0, member)
        end
    end
end

-- sets its state, with more fields and values; texts that could not be shown
-- afterwards end the script
local function activity_set_state(a, state, ...)
    utf8(a.title, a.key, 'title')
    utf8(a.place, a.key, 'place')
    for _, p in ipairs(a.posts) do
        utf8(p.title, a.key, 'posts')
        of_type(waiting_key(a, p.id), 'zset')
    end
    local old = activity_lists(a)
    a.state = state
    local new = activity_lists(a)
    lists_ready(old)
    lists_ready(new)
    redis.call('HSET', a.key, 'state', state, ...)
    activity_relist(old, new)
end

-- The org counts an activity that was closed and in which somebody served: in
-- the sorted set ac:ORG its "YEAR:ACTIVITY", with the beneficiaries as score.

local function activity_countable(a)
    return a.state == 'closed' and a.served > 0 and not a.counted
end

local function count_ready(a, year)
    if a.org then
        of_type(a.prefix .. 'ac:' .. a.org, 'zset')
        org_ready(a.prefix, a.org, 'activities', 'activities' .. year,
                  'beneficiaries', 'beneficiaries' .. year)
    end
end

local function activity_count(a, year)
    a.counted = year
    redis.call('HSET', a.key, 'counted', year)
    if a.org then
        redis.call('ZADD', a.prefix .. 'ac:' .. a.org, a.beneficiaries,
                   year .. ':' .. a.id)
        org_add(a.org, 'activities', 1)
        org_add(a.org, 'activities' .. year, 1)
        org_add(a.org, 'beneficiaries', a.beneficiaries)
        org_add(a.org, 'beneficiaries' .. year, a.beneficiaries)
    end
end
