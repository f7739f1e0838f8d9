-- POST /volunteers/{volunteer}/hours: minutes of service become points; what
-- is short of a point is carried, in sixtieths of a point.  The rules of the
-- day of service judge it.
-- KEYS   account granted record bucket
-- ARGV   volunteer minutes activity on note, user role scope fingerprint
-- shared window, version utc_offset points_per_hour stars obligations
--        minutes_per_day organizer_minutes spendable_days expiry
-- reply  201, entry, points, earned, false, the account
-- or     not-found forbidden invalid-field(on) limit-reached
--        idempotency-key-reused

--include replay
--include account
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
on = tonumber(on)
minutes = tonumber(minutes)
if on > today then
    return {'invalid-field', 'is in the future', 'on'}
end

local days = a.prefix .. 'd:' .. a.id
local served = natural(redis.call('HGET', days, on), 0, days, on) + minutes
local most = in_force(minutes_per_day, on)
if served > tonumber(most) then
    return {'limit-reached', 'limits.minutes_per_day is ' .. most}
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

-- points that came too late, or would have ended by now, can't be spent
local rate = in_force(points_per_hour, on)
local ends = lot_end(expiry, on)
local spendable = in_force(spendable_days, on)
local late = spendable ~= '' and today - on > tonumber(spendable)
             or ends and ends <= today

local earned, points = account_carry(a, minutes * rate, late)
account_year_add(a, year_of(on), minutes * rate)

if a.earned + earned > POINTS_MAX then
    return {'limit-reached', 'the account is full'}
end
account_ready(a, 'earned', 'minutes', 'unspendable')
org_earned_ready(a.prefix, a.station, on)
local lot = not late and ends or nil
account_lot_ready(a, lot)

local who = {by = user, role = role, scope = scope,
             rules = in_force(version, on)}
account_settle(a, who)
account_earn(a, earned, points)
local entry = account_append(a, {
    type = 'hours', volunteer = a.id, points = points, earned = earned,
    balance = a.balance, ref = activity, on = on, minutes = minutes,
    points_per_hour = rate, expires = ends and day_start(ends, utc_offset),
    amount = late and 0, counted = granted and 'organizer', by = user,
    role = role, scope = scope, rules = who.rules, note = note, org = a.station
})
account_limit(a, lot, points)
account_write(a)
redis.call('HSET', days, digits[on], digits[served])
books_add(a.prefix, 'earned', earned, 'minutes', minutes,
          'unspendable', earned - points)
org_earned(a.prefix, a.station, on, minutes, earned)
if granted then
    granted_write(granted_key, granted)
end

return remember(record, fingerprint, window,
                {201, 0, entry, points, earned, false,
                 account_values(a, points_per_hour, stars, obligations)})
