--include activity
--include signup
--include fields

-- An activity as somebody says that it is: `said` has the texts of title, org,
-- project, starts, ends, withdraw_until, place, latitude, longitude, radius,
-- tags, emergency, beneficiaries, posts and secret, '' for what is left out.

-- the refusal of what can't be said of any activity, or nil
local function activity_said_wrong(prefix, said, starts, ends, withdraw_until)
    if said.org ~= ''
        and redis.call('HEXISTS', prefix .. 'g:' .. said.org, 'title') == 0
    then
        return {'invalid-field', 'is no org', 'org'}
    end
    if said.project ~= ''
        and redis.call('HEXISTS', prefix .. 'j:' .. said.project, 'title') == 0
    then
        return {'invalid-field', 'is no project', 'project'}
    end
    if ends - starts < 60 or ends - starts > DAY_SECONDS then
        return {'invalid-field', 'is not a minute to a day after starts',
                'ends'}
    end
    if withdraw_until and withdraw_until > ends then
        return {'invalid-field', 'is after ends', 'withdraw_until'}
    end
    if (said.latitude == '') ~= (said.longitude == '') then
        return {'invalid-field', 'is required with the other',
                said.latitude == '' and 'latitude' or 'longitude'}
    end
    if said.radius ~= '' and said.latitude == '' then
        return {'invalid-field', 'needs latitude and longitude', 'radius'}
    end
    return nil
end

-- the refusal of what can't be said of one for which people signed up, or nil
local function activity_stays(a, old)
    if a.starts ~= old.starts then
        return {'invalid-field', 'stays: somebody has signed up', 'starts'}
    end
    if a.ends ~= old.ends then
        return {'invalid-field', 'stays: somebody has signed up', 'ends'}
    end
    if (a.org or '') ~= (old.org or '') then
        return {'invalid-field', 'stays: somebody has signed up', 'org'}
    end
    return nil
end

-- The activity at key as it is to be, in a state, where old is as it was, or
-- nil; or nil and the refusal.
local function activity_said(prefix, activity, key, said, state, old,
                             utc_offset)
    local a = {
        id = activity, key = key, prefix = prefix, state = state,
        starts = tonumber(said.starts), ends = tonumber(said.ends),
        withdraw_until = tonumber(said.withdraw_until),
        org = said.org ~= '' and said.org,
        project = said.project ~= '' and said.project,
        tags = said.tags ~= '' and said.tags,
        emergency = tonumber(said.emergency) or 0,
        posts = posts_of(said.posts, key)
    }
    local refusal = activity_said_wrong(prefix, said, a.starts, a.ends,
                                        a.withdraw_until)
    a.signed_up = old and redis.call('EXISTS', signups_key(old)) == 1
    if not refusal and a.signed_up then
        refusal = activity_stays(a, old)
    end
    if refusal then
        return nil, refusal
    end

    -- a post may go that nobody has, or waits for
    for _, p in ipairs(a.posts) do
        local before = old and old.posts[p.id]
        p.taken = before and before.taken or 0
        if p.places < p.taken then
            return nil, {'invalid-field', p.id .. ' has ' .. p.taken
                                          .. ' places taken', 'posts'}
        end
    end
    for _, p in ipairs(old and old.posts or {}) do
        if not a.posts[p.id]
            and (p.taken > 0
                 or redis.call('EXISTS', waiting_key(old, p.id)) == 1)
        then
            return nil, {'invalid-field', p.id .. ' is taken', 'posts'}
        end
    end
    a.days = activity_days(a, utc_offset)
    return a
end

-- The fields and values that an activity's hash has of what was said, and the
-- fields that it has not.  What is 0 by itself needs no field.
local function activity_fields(a, said)
    local set = {'title', said.title, 'starts', digits[a.starts], 'ends',
                 digits[a.ends], 'place', said.place, 'days', a.days, 'posts',
                 said.posts}
    local unset = {}
    for _, field in ipairs({'org', 'project', 'withdraw_until', 'latitude',
                            'longitude', 'radius', 'tags'})
    do
        put_field(set, unset, field, said[field])
    end
    for _, field in ipairs({'emergency', 'beneficiaries'}) do
        put_field(set, unset, field, said[field] ~= '0' and said[field] or '')
    end
    return set, unset
end

-- Writes it, with more fields and values; who waits moves up where places came.
local function activity_put(a, said, old, ...)
    local moves, left = {}, MOVES_MAX
    for i, p in ipairs(a.signed_up and a.state == 'open' and a.posts or {}) do
        moves[i] = moves_up(a, p, left)
        left = left - #moves[i]
    end
    local lists = old and activity_lists(old) or {}
    lists_ready(lists)
    lists_ready(activity_lists(a))
    for _, p in ipairs(a.posts) do
        of_type(waiting_key(a, p.id), 'zset')
    end

    local set, unset = activity_fields(a, said)
    put_field(set, nil, 'state', a.state)
    if not old then
        put_field(set, nil, 'secret', said.secret)
    end
    for _, p in ipairs(old and old.posts or {}) do
        if not a.posts[p.id] then
            unset[#unset + 1] = 'taken:' .. p.id
        end
    end
    redis.call('HSET', a.key, unpack(set))
    if ... then
        redis.call('HSET', a.key, ...)
    end
    if old and unset[1] then
        redis.call('HDEL', a.key, unpack(unset))
    end
    for i in ipairs(moves) do
        move_up(a, a.posts[i], moves[i])
    end
    activity_relist(lists, activity_lists(a))
end
