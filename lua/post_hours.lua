-- POST /volunteers/{volunteer}/hours: minutes of service become points.
-- KEYS   account granted record bucket
-- ARGV   volunteer minutes activity on note, user role scope fingerprint
-- shared window, version utc_offset points_per_hour stars obligations
--        minutes_per_day organizer_minutes spendable_days expiry
-- reply  201, entry, points, earned, false, the account
-- or     not-found erased forbidden invalid-field(on) limit-reached
--        idempotency-key-reused

--include replay
--include hours
--include granted

local account_key, granted_key, record, bucket = keys()
local volunteer, minutes, activity, on, note, user, role, scope,
      fingerprint = arguments()
local window, version, utc_offset, points_per_hour, stars, obligations,
      minutes_per_day, organizer_minutes, spendable_days, expiry = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local today = today_at(utc_offset)
local a = account_read(account_key, volunteer, today)

if not a then
    return {'not-found'}
end
if out_of_scope(role, scope, a) then
    return {'forbidden'}
end
minutes = tonumber(minutes)
on = tonumber(on)
if on > today then
    return {'invalid-field', 'is in the future', 'on'}
end

local granted
if role == 'organizer' then
    local limit
    granted, limit = granted_allow(granted_key, organizer_minutes, today,
                                   minutes)
    if limit then
        return {'limit-reached', limit}
    end
end

local entry, points, earned = hours_record(a, {
    minutes = minutes, on = on, ref = activity, org = a.station,
    note = note, by = user, role = role, scope = scope,
    counted = granted and 'organizer'
}, {
    version = version, utc_offset = utc_offset,
    points_per_hour = points_per_hour, minutes_per_day = minutes_per_day,
    spendable_days = spendable_days, expiry = expiry
})
if not entry then
    return points
end
if granted then
    granted_write(granted_key, granted)
end

return remember(record, fingerprint, window,
                {201, 0, entry, points, earned, false,
                 account_values(a, points_per_hour, stars, obligations)})
