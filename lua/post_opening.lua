-- A line of an import: what a volunteer had in another system.  Points of it
-- that were spent there are earned, but not in the balance; they are for life.
-- KEYS   account record bucket
-- ARGV   volunteer earned balance minutes year_earned on note,
--        user role scope fingerprint
-- shared window, version utc_offset points_per_hour
-- reply  201, entry
-- or     not-found erased invalid-field(balance, minutes, year_earned, on)
--        limit-reached idempotency-key-reused

--include replay
--include account

local account_key, record, bucket = keys()
local volunteer, earned, balance, minutes, year_earned, on, note, user, role,
      scope, fingerprint = arguments()
local window, version, utc_offset, points_per_hour = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local today = today_at(utc_offset)
local a = account_read(account_key, volunteer, today)

if not a then
    return {'not-found'}
end

earned = tonumber(earned)
balance = tonumber(balance)
on = tonumber(on) or today

if on > today then
    return {'invalid-field', 'is in the future', 'on'}
end
if balance > earned then
    return {'invalid-field', 'is more than was earned', 'balance'}
end
if year_earned ~= '' and tonumber(year_earned) > earned then
    return {'invalid-field', 'is more than was earned', 'year_earned'}
end
if a.earned + earned > POINTS_MAX then
    return {'limit-reached', 'the account is full'}
end

-- they are carried; so many that they make a point are no opening's
local rate = in_force(points_per_hour, on)
local sixtieths = (tonumber(minutes) or 0) * rate
local made, spendable = account_carry(a, sixtieths, false)
if sixtieths >= 60 or made ~= 0 or spendable ~= 0 then
    return {'invalid-field', 'make a point', 'minutes'}
end

account_year_add(a, year_of(on), (tonumber(year_earned) or 0) * 60)
account_ready(a, 'earned', 'unspendable')
org_earned_ready(a.prefix, a.station, on)
boards_ready(a)

local who = {by = user, role = role, scope = scope,
             rules = in_force(version, on)}
account_settle(a, who)
account_earn(a, earned, balance)
local entry = account_append(a, {
    type = 'opening', volunteer = a.id, points = balance, earned = earned,
    balance = a.balance, on = on, minutes = sixtieths > 0 and minutes,
    points_per_hour = sixtieths > 0 and rate, amount = year_earned, by = user,
    role = role, scope = scope, rules = who.rules, note = note, org = a.station
})
account_write(a)
books_add(a.prefix, 'earned', earned, 'unspendable', earned - balance)
org_earned(a.station, on, 0, earned)

return remember(record, fingerprint, window, {201, 0, entry})
