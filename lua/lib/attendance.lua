--include service

-- Attendance by a list on paper: who has no sign-up has one made, and who waits
-- for a place takes one that is free.  The lines of a list come together: an
-- activity is read once, and what it counts is written when all are done.

local attended = {}             -- activities, by id

-- the activity of a line, or nil
local function attendance_activity(prefix, activity)
    local a = attended[activity] or activity_read(prefix, activity)
    attended[activity] = a
    return a
end

local function attendance_write(a)
    local set = {'seq', digits[a.seq], 'served', digits[a.served], 'minutes',
                 digits[a.minutes]}
    for _, p in ipairs(a.posts) do
        if p.taken > 0 then
            set[#set + 1] = 'taken:' .. p.id
            set[#set + 1] = digits[p.taken]
        end
    end
    redis.call('HSET', a.key, unpack(set))
end

-- what an activity counts has changed
local function attendance_later(a)
    if not a.changed then
        a.changed = true
        later(attendance_write, a)
    end
end

-- the sign-up of the person who is the account, under the id told or the one
-- that answers for it, or nil
local function attendance_found(a, volunteer, account)
    local s = signup_read(a, volunteer)
    if not s and account.id ~= volunteer then
        s = signup_read(a, account.id)
    end
    return s
end

-- The sign-up with which somebody served, and the post in which a place is to
-- be taken, or nil; or nil and the refusal.
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
        a.seq = a.seq + 1
        redis.call('ZADD', order_key(a), digits[a.seq], s.volunteer)
        redis.call('ZADD', a.prefix .. 'sv:' .. s.volunteer, '0',
                   signup_member(a))
    else
        redis.call('ZREM', waiting_key(a, p.id), s.volunteer)
    end
    local was_free = activity_free(a)
    p.taken = p.taken + 1
    list_free(a, was_free)
end
