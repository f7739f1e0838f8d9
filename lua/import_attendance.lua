-- A line of an import that is one of a list on paper: somebody served so long
-- in an activity that is over.  Who has not signed up is signed up on the spot.
-- KEYS   activity account record bucket
-- ARGV   prefix activity volunteer post minutes, user role scope fingerprint
-- shared window, version utc_offset points_per_hour minutes_per_day
--        spendable_days expiry
-- reply  201
-- or     not-found(activity, volunteer) not-open too-early already-signed-up
--        already-served limit-reached merged invalid-field(post)
--        idempotency-key-reused

--include replay
--include attendance

local key, account_key, record, bucket = keys()
local prefix, activity, volunteer, post, minutes, user, role, scope,
      fingerprint = arguments()
local window, version, utc_offset, points_per_hour, minutes_per_day,
      spendable_days, expiry = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local a = attendance_activity(prefix, activity)
if not a then
    return {'not-found', '', 'activity'}
end
if a.state ~= 'open' and a.state ~= 'closed' then
    return activity_not_open(a, now())
end
if a.state == 'open' and now() < a.ends then
    return {'too-early', 'the activity is not over'}
end
local account = account_read(account_key, volunteer, today_at(utc_offset))
if not account then
    return {'not-found', '', 'volunteer'}
end
local s, p = attendance_place(a, volunteer, post, account)
if not s then
    return p
end

local reply, refusal = service_record(a, s, tonumber(minutes),
    day_of(math.max(s.checked_in or 0, a.starts), utc_offset), {
        account = account, user = user, role = role, scope = scope,
        rules = {
            version = version, utc_offset = utc_offset,
            points_per_hour = points_per_hour,
            minutes_per_day = minutes_per_day,
            spendable_days = spendable_days, expiry = expiry
        }
    })
if not reply then
    return refusal
end
if p then
    attendance_take(a, s, p)
end
attendance_later(a)

return remember(record, fingerprint, window, {201, 0})
