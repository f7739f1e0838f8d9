-- POST /activities/{activity}/checkin: a volunteer has come.
-- KEYS   activity account record bucket
-- ARGV   prefix activity volunteer code latitude longitude, user role scope
--        fingerprint
-- shared window
-- reply  200, activity, volunteer, the sign-up; nothing is done to one who is
--        there already
-- or     not-found(activity) forbidden erased not-open not-signed-up
--        invalid-field(code, latitude, longitude) too-far too-early
--        already-served idempotency-key-reused

--include replay
--include presence
--include erased

local key, account_key, record, bucket = keys()
local prefix, activity, volunteer, code, latitude, longitude, user, role,
      scope, fingerprint = arguments()
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
if not s or s.state == 'waiting' then
    return {'not-signed-up', s and 'the volunteer still waits for a place'}
end
if s.state == 'served' then
    return {'already-served'}
end
if a.state ~= 'open' or now() >= a.ends then
    return activity_not_open(a, now())
end
if now() < a.starts - CHECKIN_EARLY then
    return {'too-early', 'check-in is from an hour before the start'}
end
local refusal = not_present(a, role, code, latitude, longitude)
if refusal then
    return refusal
end

if s.state ~= 'present' then
    s.state = 'present'
    s.checked_in = now()
    signup_write(a, s)
end

return remember(record, fingerprint, window,
                {200, 0, activity, volunteer, signup_values(a, s, now())})
