-- POST /needs/{need}/confirm: it was done, says the resident or an organizer:
-- its minutes become points, and a person was served.  Nobody confirms what
-- they did themself.
-- KEYS   need granted record bucket
-- ARGV   need, user role scope fingerprint
-- shared window, version utc_offset points_per_hour minutes_per_day
--        organizer_minutes spendable_days expiry
-- reply  201, entry, points, earned, the need
-- or     not-found erased forbidden need-open need-accepted need-done
--        need-confirmed need-withdrawn need-expired limit-reached
--        idempotency-key-reused

--include replay
--include need
--include hours
--include granted

local need_key, granted_key, record, bucket = keys()
local need, user, role, scope, fingerprint = arguments()
local window, version, utc_offset, points_per_hour, minutes_per_day,
      organizer_minutes, spendable_days, expiry = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local n = need_now(need_key, need)

if not n then
    return {'not-found'}
end
if caller_erased(n.prefix, user, role) then
    return {'erased'}
end
if not need_owned(n, user, role, scope) then
    return {'forbidden'}
end
if n.state ~= 'done' then
    return need_refusal(n)
end
local prefix = n.prefix
if is_person(prefix, n.volunteer, user)
    or is_person(prefix, n.volunteer, n.resident or user)
then
    return {'forbidden', 'the service is one\'s own'}
end

local today = today_at(utc_offset)
local account_key = prefix .. 'v:' .. (n.volunteer
                                       or corrupt(need_key, 'volunteer'))
local a = account_read(account_key, n.volunteer, today)
          or corrupt(account_key, 'kind')

local granted
if role == 'organizer' then
    local limit
    granted, limit = granted_allow(granted_key, organizer_minutes, today,
                                   n.minutes)
    if limit then
        return {'limit-reached', limit}
    end
end

local to = need_with(n, {state = 'confirmed'})
need_ready(n)
need_ready(to)
local entry, points, earned = hours_record(a, {
    minutes = n.minutes, on = n.on, ref = n.id, org = n.station, by = user,
    role = role, scope = scope,
    counted = granted and 'organizer,' .. SERVED or SERVED
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
to.entry = entry
need_write(n, to)

return remember(record, fingerprint, window,
                {201, 0, entry, points, earned, need_values(to, true)})
