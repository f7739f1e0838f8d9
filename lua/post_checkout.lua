-- POST /activities/{activity}/checkout: a volunteer goes; the time that they
-- were there, from start to end at most, becomes minutes and points.
-- KEYS   activity account granted record bucket
-- ARGV   prefix activity volunteer code latitude longitude, user role scope
--        fingerprint
-- shared window, version utc_offset points_per_hour stars obligations
--        minutes_per_day organizer_minutes spendable_days expiry
-- reply  201, activity, volunteer, minutes, entry, points, earned, the account
--        or false
-- or     not-found(activity, volunteer) forbidden not-open not-checked-in
--        already-served invalid-field(code, latitude, longitude, on) too-far
--        too-early too-late limit-reached merged erased idempotency-key-reused

--include replay
--include presence
--include service

local key, account_key, granted_key, record, bucket = keys()
local prefix, activity, volunteer, code, latitude, longitude, user, role,
      scope, fingerprint = arguments()
local window, version, utc_offset, points_per_hour, stars, obligations,
      minutes_per_day, organizer_minutes, spendable_days, expiry = shared()

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
if s and s.state == 'served' then
    return {'already-served'}
end
if not s or s.state ~= 'present' then
    return {'not-checked-in'}
end
if a.state ~= 'open' then
    return activity_not_open(a, now())
end
if now() > a.ends + CHECKOUT_LATE then
    return {'too-late', 'the organizer can still confirm the time'}
end
local refusal = not_present(a, role, code, latitude, longitude)
if refusal then
    return refusal
end

local from = math.max(s.checked_in, a.starts)
local minutes = floor((math.min(now(), a.ends) - from) / 60)
if minutes < 1 then
    return {'too-early', 'a minute has not passed'}
end

local c = {
    account_key = account_key, granted_key = granted_key, user = user,
    role = role, scope = scope, organizer_minutes = organizer_minutes,
    rules = {
        version = version, utc_offset = utc_offset,
        points_per_hour = points_per_hour, minutes_per_day = minutes_per_day,
        spendable_days = spendable_days, expiry = expiry
    }
}
local reply, account = service_record(a, s, minutes, day_of(from, utc_offset),
                                      c)
if not reply then
    return account
end

return remember(record, fingerprint, window,
                service_reply(reply, account, c, stars, obligations))
