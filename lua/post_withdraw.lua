-- POST /activities/{activity}/withdraw: a place is given up, or one in the list
-- of those who wait; the next who waits has it.
-- KEYS   activity account record bucket
-- ARGV   prefix activity volunteer, user role scope fingerprint
-- shared window
-- reply  200, activity, volunteer, the post, "withdrawn"
-- or     not-found(activity, volunteer) forbidden not-open too-late
--        already-served idempotency-key-reused

--include replay
--include signup

local key, account_key, record, bucket = keys()
local prefix, activity, volunteer, user, role, scope, fingerprint =
    arguments()
local window = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local a = activity_read(prefix, activity)
if not a or not activity_shown(a, role, scope) then
    return {'not-found', '', 'activity'}
end
if not activity_reached(a, role, scope) then
    return {'forbidden'}
end
local s = signup_read(a, volunteer)
if not s then
    return {'not-found', '', 'volunteer'}
end
if a.state ~= 'open' then
    return activity_not_open(a, now())
end
if s.state == 'served' then
    return {'already-served'}
end
-- who waits keeps nobody from a place
if role == 'volunteer' and s.state ~= 'waiting'
    and now() >= (a.withdraw_until or a.starts)
then
    return {'too-late', 'the organizer can still do it'}
end

local p = a.posts[s.post] or corrupt(signups_key(a), volunteer)
local was_free = activity_free(a)
local moves = {}
if s.state ~= 'waiting' then
    if p.taken == 0 then
        corrupt(key, 'taken:' .. p.id)
    end
    p.taken = p.taken - 1
    moves = now() < a.ends and moves_up(a, p, MOVES_MAX) or {}
end
signup_ready(a, volunteer, s.post)

redis.call('HDEL', signups_key(a), volunteer)
redis.call('ZREM', order_key(a), volunteer)
redis.call('ZREM', prefix .. 'sv:' .. volunteer, signup_member(a))
if s.state == 'waiting' then
    redis.call('ZREM', waiting_key(a, s.post), volunteer)
else
    redis.call('HSET', key, 'taken:' .. p.id, p.taken)
    move_up(a, p, moves)
end
list_free(a, was_free)

return remember(record, fingerprint, window,
                {200, 0, activity, volunteer, s.post, 'withdrawn', false,
                 false, false, false, false})
