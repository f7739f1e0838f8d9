--include service

-- Attendance by a list on paper: who has no sign-up has one made, and who waits
-- for a place takes one that is free.

-- the sign-up of the person who is the account, under the id told or the one
-- that answers for it, or nil
local function attendance_found(a, volunteer, account)
    local s = signup_read(a, volunteer)
    if not s and account.id ~= volunteer then
        s = signup_read(a, account.id)
    end
    return s
end

-- The sign-up with which somebody served; or nil and the refusal.  p is the post
-- in which a place is to be taken, or nil.
local function attendance_place(a, volunteer, post, account)
    local s = attendance_found(a, volunteer, account)
    if not s and post == '' and not a.posts[2] then
        post = a.posts[1].id
    end
    if s and post ~= '' and s.post ~= post then
        return nil, {'already-signed-up', 'the post is ' .. s.post}
    end
    if s and s.state == 'served' then
        return nil, {'already-served'}
    end
    if s and s.state ~= 'waiting' then
        return s
    end
    local p = a.posts[s and s.post or post]
    if not p then
        return nil, {'invalid-field', post == '' and 'is required'
                                      or 'is no post of the activity', 'post'}
    end
    if p.taken >= p.places then
        return nil, {'limit-reached', p.id .. ' has ' .. p.places
                                      .. ' places, and all are taken'}
    end
    s = s or {volunteer = account.id, post = p.id, at = now(), new = true}
    signup_ready(a, s.volunteer, p.id)
    return s, p
end

-- takes the place
local function attendance_take(a, s, p)
    if s.new then
        local seq = redis.call('HINCRBY', a.key, 'seq', 1)
        redis.call('ZADD', order_key(a), digits[seq], s.volunteer)
        redis.call('ZADD', a.prefix .. 'sv:' .. s.volunteer, '0',
                   signup_member(a))
    else
        redis.call('ZREM', waiting_key(a, p.id), s.volunteer)
    end
    local was_free = activity_free(a)
    p.taken = p.taken + 1
    redis.call('HSET', a.key, 'taken:' .. p.id, digits[p.taken])
    list_free(a, was_free)
end
