-- POST /activities/{activity}/signups: a place in a post, or one in the list of
-- those who wait.
-- KEYS   activity account record bucket
-- ARGV   prefix activity volunteer post, user role scope fingerprint
-- shared window
-- reply  201, or 200 when it was so, activity, volunteer, the sign-up
-- or     not-found(volunteer) forbidden frozen merged erased not-open
--        invalid-field(post) already-signed-up overlapping limit-reached
--        idempotency-key-reused

--include replay
--include signup
--include person
--include erased

local key, account_key, record, bucket = keys()
local prefix, activity, volunteer, post, user, role, scope, fingerprint =
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
local account = redis.call('HMGET', account_key, 'kind', 'frozen', 'merged',
                           'erased')
if not account[1] then
    return {'not-found', '', 'volunteer'}
end
if account[4] or account[3] and is_erased(prefix, volunteer) then
    return {'erased'}
end
if account[3] then
    return {'merged', id(account[3], account_key, 'merged')
                      .. ' answers for the account'}
end
if natural(account[2], 0, account_key, 'frozen') ~= 0 then
    return {'frozen'}
end
if a.state ~= 'open' or now() >= a.ends then
    return activity_not_open(a, now())
end
if post == '' and not a.posts[2] then
    post = a.posts[1].id
end
local p = a.posts[post]
if not p then
    return {'invalid-field', post == '' and 'is required'
                             or 'is no post of the activity', 'post'}
end

local s = signup_read(a, volunteer)
if s then
    if s.post ~= post then
        return {'already-signed-up', 'the post is ' .. s.post}
    end
    return remember(record, fingerprint, window,
                    {200, 0, activity, volunteer, signup_values(a, s, now())})
end
-- a person is in one place, by whichever ids merges made theirs
local ids = person_ids(prefix, volunteer)
for i = 2, #ids do
    if signup_read(a, ids[i]) then
        return {'already-signed-up', 'as ' .. ids[i]}
    end
end
for _, one in ipairs(ids) do
    local other = overlapping(a, one)
    if other then
        return {'overlapping', 'the other activity is ' .. other}
    end
end

-- nobody passes those who wait
local moves = moves_up(a, p, MOVES_MAX)
local waiting = redis.call('ZCARD', waiting_key(a, post)) - #moves
local placed = waiting == 0 and p.taken + #moves < p.places
if not placed and waiting >= WAITING_MAX then
    return {'limit-reached', WAITING_MAX .. ' wait for the post'}
end
signup_ready(a, volunteer, post)

local was_free = activity_free(a)
local seq = redis.call('HINCRBY', key, 'seq', 1)
move_up(a, p, moves)
s = {volunteer = volunteer, post = post, at = now(),
     state = placed and 'placed' or 'waiting'}
signup_write(a, s)
redis.call('ZADD', order_key(a), seq, volunteer)
redis.call('ZADD', prefix .. 'sv:' .. volunteer, 0, signup_member(a))
if placed then
    p.taken = p.taken + 1
    redis.call('HSET', key, 'taken:' .. post, p.taken)
else
    redis.call('ZADD', waiting_key(a, post), seq, volunteer)
end
list_free(a, was_free)

return remember(record, fingerprint, window,
                {201, 0, activity, volunteer, signup_values(a, s, now())})
