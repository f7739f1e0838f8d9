-- POST /activities/{activity}/withdraw: a place is given up, or one in the list
-- of those who wait; the next who waits has it.
-- KEYS   activity account record bucket
-- ARGV   prefix activity volunteer, user role scope fingerprint
-- shared window
-- reply  200, activity, volunteer, the post, "withdrawn"
-- or     not-found(activity, volunteer) forbidden erased not-open too-late
--        already-served idempotency-key-reused

--include replay
--include signup
--include erased

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
if is_erased(prefix, volunteer) then
    return {'erased'}
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

signup_leave(a, s)

return remember(record, fingerprint, window,
                {200, 0, activity, volunteer, s.post, 'withdrawn', false,
                 false, false, false, false})
