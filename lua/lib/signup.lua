--include activity
--include entry_text

-- Who has a place in an activity, or waits for one, is in the hash s:ACTIVITY:
-- volunteer -> post, state, when they signed up, when they checked in, minutes
-- and entry of their service, with tabs, nothing where one is absent.  States
-- are placed, waiting, present and served.
--
-- so:ACTIVITY has the volunteers in the order in which they signed up,
-- sw:ACTIVITY:POST those who wait, and sv:VOLUNTEER the activities of one, as
-- "STARTS:ACTIVITY".

local WAITING_MAX = 10000       -- of a post
local MOVES_MAX = 1000          -- who move up at once
local CHECKIN_EARLY = 3600      -- seconds before the start
local CHECKOUT_LATE = 3600      -- seconds after the end

local SIGNUP_STATES = {placed = true, waiting = true, present = true,
                       served = true}

local function signups_key(a)
    return a.prefix .. 's:' .. a.id
end

local function order_key(a)
    return a.prefix .. 'so:' .. a.id
end

local function signup_parse(a, volunteer, text)
    local post, state, at, checked_in, minutes, entry =
        text:match('^([%w._-]+)\t(%l+)\t(%d+)\t(%d*)\t(%d*)\t([%d-]*)$')
    if not post or not SIGNUP_STATES[state] then
        corrupt(signups_key(a), volunteer)
    end
    return {volunteer = volunteer, post = post, state = state,
            at = tonumber(at), checked_in = tonumber(checked_in),
            minutes = tonumber(minutes), entry = entry ~= '' and entry}
end

-- what a volunteer has in an activity, or nil
local function signup_read(a, volunteer)
    local text = redis.call('HGET', signups_key(a), volunteer)
    return text and signup_parse(a, volunteer, text) or nil
end

local function signup_write(a, s)
    redis.call('HSET', signups_key(a), s.volunteer,
               s.post .. '\t' .. s.state .. '\t' .. digits[s.at] .. '\t'
               .. digits[s.checked_in or ''] .. '\t'
               .. digits[s.minutes or ''] .. '\t' .. (s.entry or ''))
end

-- what its state is at a time: who has not checked out in time waits for the
-- organizer's word
local function signup_state(a, s, time)
    if s.state == 'present'
        and (a.state ~= 'open' or time > a.ends + CHECKOUT_LATE)
    then
        return 'unconfirmed'
    end
    return s.state
end

-- the sign-up as the end of a reply
local function signup_values(a, s, time)
    local rank = s.state == 'waiting'
                 and redis.call('ZRANK', waiting_key(a, s.post), s.volunteer)
    return s.post, signup_state(a, s, time), rank and rank + 1 or false, s.at,
           s.checked_in or false, s.minutes or false, s.entry or false
end

local function signup_member(a)
    return string.format('%012d:', a.starts) .. a.id
end

-- ends the script unless the keys of a volunteer's sign-up can be written
local function signup_ready(a, volunteer, post)
    of_type_once(signups_key(a), 'hash')
    of_type_once(order_key(a), 'zset')
    of_type_once(waiting_key(a, post), 'zset')
    of_type(a.prefix .. 'sv:' .. volunteer, 'zset')
    of_type_once(a.prefix .. 'al:open:f', 'zset')
end

-- another activity in which a volunteer has something to do, or may have, while
-- this one takes place; or nil
local function overlapping(a, volunteer)
    local members = redis.call('ZRANGEBYLEX', a.prefix .. 'sv:' .. volunteer,
                               string.format('[%012d:', math.max(
                                   a.starts - DAY_SECONDS, 0)),
                               string.format('(%012d:', a.ends))
    for _, member in ipairs(members) do
        local other = member:match('^%d+:(.+)$')
                      or corrupt(a.prefix .. 'sv:' .. volunteer, member)
        local b = other ~= a.id and activity_read(a.prefix, other)
        if b and (b.state == 'open' or b.state == 'closed')
            and b.ends > a.starts
        then
            local s = signup_read(b, volunteer)
            if s and s.state ~= 'served' then
                return other
            end
        end
    end
    return nil
end

-- who waits for a post and has a place there as things are, most at most
local function moves_up(a, p, most)
    local n = math.min(p.places - p.taken, most)
    local moves = {}
    if n > 0 then
        for i, volunteer in ipairs(redis.call('ZRANGE', waiting_key(a, p.id),
                                              0, n - 1))
        do
            moves[i] = signup_read(a, volunteer)
                       or corrupt(waiting_key(a, p.id), volunteer)
        end
    end
    return moves
end

-- gives them their places
local function move_up(a, p, moves)
    if not moves[1] then
        return
    end
    for _, s in ipairs(moves) do
        s.state = 'placed'
        signup_write(a, s)
        redis.call('ZREM', waiting_key(a, p.id), s.volunteer)
    end
    p.taken = p.taken + #moves
    redis.call('HSET', a.key, 'taken:' .. p.id, p.taken)
end

-- after places were taken or came free: the list of those that have one
local function list_free(a, was_free)
    local free = activity_free(a)
    if a.state ~= 'open' or free == was_free then
        return
    end
    local list, member = a.prefix .. 'al:open:f', activity_member(a)
    if free then
        redis.call('ZADD', list, 0, member)
    else
        redis.call('ZREM', list, member)
    end
end

-- Takes away what a volunteer has in an activity; while that goes on, the next
-- who waits has the place.
local function signup_leave(a, s)
    local p = a.posts[s.post] or corrupt(signups_key(a), s.volunteer)
    local was_free = activity_free(a)
    local moves = {}
    if s.state ~= 'waiting' then
        if p.taken == 0 then
            corrupt(a.key, 'taken:' .. p.id)
        end
        p.taken = p.taken - 1
        if a.state == 'open' and now() < a.ends then
            moves = moves_up(a, p, MOVES_MAX)
        end
    end
    signup_ready(a, s.volunteer, s.post)

    redis.call('HDEL', signups_key(a), s.volunteer)
    redis.call('ZREM', order_key(a), s.volunteer)
    redis.call('ZREM', a.prefix .. 'sv:' .. s.volunteer, signup_member(a))
    if s.state == 'waiting' then
        redis.call('ZREM', waiting_key(a, s.post), s.volunteer)
    else
        redis.call('HSET', a.key, 'taken:' .. p.id, p.taken)
        move_up(a, p, moves)
    end
    list_free(a, was_free)
end
