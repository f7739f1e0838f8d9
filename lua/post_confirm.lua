-- POST /activities/{activity}/confirm: the organizer's word of how long
-- somebody served who has not checked out, or whose hours were taken back.
-- KEYS   activity account granted record bucket
-- ARGV   prefix activity volunteer minutes, user role scope fingerprint
-- shared window, version utc_offset points_per_hour stars obligations
--        minutes_per_day organizer_minutes spendable_days expiry
-- reply  201, activity, volunteer, minutes, entry, points, earned, the account
--        or false
-- or     not-found(activity, volunteer) forbidden not-open not-signed-up
--        already-served too-early limit-reached merged erased
--        idempotency-key-reused

--include replay
--include service

local key, account_key, granted_key, record, bucket = keys()
local prefix, activity, volunteer, minutes, user, role, scope, fingerprint =
    arguments()
local window, version, utc_offset, points_per_hour, stars, obligations,
      minutes_per_day, organizer_minutes, spendable_days, expiry = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local a, refusal = activity_managed(prefix, activity, role, scope, 'activity')
if not a then
    return refusal
end
local s = signup_read(a, volunteer)
if not s or s.state == 'waiting' then
    return {'not-signed-up'}
end
if s.state == 'served' and not service_reversed(a, s) then
    return {'already-served'}
end
if a.state ~= 'open' and a.state ~= 'closed' then
    return activity_not_open(a, now())
end
if a.state == 'open' and now() < a.ends then
    return {'too-early', 'the activity is not over'}
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
local reply, account = service_record(a, s, tonumber(minutes),
    day_of(math.max(s.checked_in or 0, a.starts), utc_offset), c)
if not reply then
    return account
end

return remember(record, fingerprint, window,
                service_reply(reply, account, c, stars, obligations))
