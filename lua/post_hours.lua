-- POST /volunteers/{volunteer}/hours: minutes of service become points; what
-- is short of a point is carried, in sixtieths of a point.
-- KEYS   account days ledger index books record
-- ARGV   volunteer minutes activity on note,
--        user role scope fingerprint window,
--        version utc_offset points_per_hour stars obligations minutes_per_day
-- reply  201, entry, points, the account
-- or     not-found forbidden invalid-field(on) limit-reached
--        idempotency-key-reused

--include replay
--include clock
--include account
--include ledger

local account_key, days, ledger, index, books, record = unpack(KEYS)
local volunteer, minutes, activity, on, note, user, role, scope, fingerprint,
      window, version, utc_offset, points_per_hour, stars, obligations,
      minutes_per_day = unpack(ARGV)

local again = replay(record, fingerprint)
if again then
    return again
end

local today = day_of(now(), utc_offset)
local year = year_of(on)
local a = account_read(account_key, year_of(today))

if not a then
    return {'not-found'}
end
if out_of_scope(role, scope, a) then
    return {'forbidden'}
end
if on + 0 > today then
    return {'invalid-field', 'is in the future', 'on'}
end

local served = natural(redis.call('HGET', days, on), 0, days, on) + minutes
if served > minutes_per_day + 0 then
    return {'limit-reached', 'limits.minutes_per_day is ' .. minutes_per_day}
end

local sixtieths = a.carry + minutes * points_per_hour
local points = math.floor(sixtieths / 60)
a.carry = sixtieths - points * 60
a.balance = a.balance + points
a.earned = a.earned + points

local year_earned = account_year_add(account_key, a, year, points)

if a.earned > POINTS_MAX then
    return {'limit-reached', 'the account is full'}
end
ledger_ready(index, books)

local entry = ledger_append(ledger, index, {
    type = 'hours', volunteer = volunteer, points = points,
    balance = a.balance, ref = activity, on = on, minutes = minutes,
    points_per_hour = points_per_hour, by = user, role = role, scope = scope,
    rules = version, note = note
})
redis.call('HSET', account_key, 'balance', a.balance, 'earned', a.earned,
           'carry', a.carry, 'y' .. year, year_earned)
redis.call('HSET', days, on, served)
redis.call('HINCRBY', books, 'earned', points)
redis.call('HINCRBY', books, 'minutes', minutes)

return remember(record, fingerprint, window,
                account_reply({201, 0, entry, points}, volunteer, a,
                              points_per_hour, stars, obligations))
