-- POST /ledger/{entry}/reverse: undoes an award or hours by a new entry.  The
-- balance may go below zero: points that were spent are still taken back.
-- KEYS   ledger books reversed record
-- ARGV   prefix entry reason,
--        user role scope fingerprint window,
--        version utc_offset points_per_hour stars obligations
-- reply  201, entry, the account
-- or     not-found invalid-field(entry) already-reversed
--        idempotency-key-reused

--include replay
--include clock
--include account
--include ledger

local ledger, books, reversed, record = unpack(KEYS)
local prefix, entry, reason, user, role, scope, fingerprint, window, version,
      utc_offset, points_per_hour, stars, obligations = unpack(ARGV)

local again = replay(record, fingerprint)
if again then
    return again
end

local ms, seq = entry:match('^(%d+)%-(%d+)$')
local e = ms and #ms <= 15 and #seq <= 15 and ledger_read(ledger, entry)

if not e then
    return {'not-found'}
end
if e.type ~= 'hours' and e.type ~= 'award' then
    return {'invalid-field', 'only hours and awards can be reversed', 'entry'}
end
if redis.call('HGET', reversed, entry) then
    return {'already-reversed'}
end

local account_key = prefix .. 'v:' .. e.volunteer
local days = prefix .. 'd:' .. e.volunteer
local index = prefix .. 'l:' .. e.volunteer
local year = year_of(integer(e.on, nil, ledger, 'on'))
local a = account_read(account_key, year_of(day_of(now(), utc_offset)))
          or corrupt(account_key, 'kind')

local points, minutes, served
if e.type == 'award' then
    points = natural(e.points, nil, ledger, 'points')
else
    -- as if the hours had never been: the carry may lend a point
    minutes = natural(e.minutes, nil, ledger, 'minutes')
    served = natural(redis.call('HGET', days, e.on), 0, days, e.on) - minutes
    if served < 0 then
        corrupt(days, e.on)
    end
    local sixtieths = a.carry
        - minutes * natural(e.points_per_hour, nil, ledger, 'points_per_hour')
    points = 0 - math.floor(sixtieths / 60)
    a.carry = sixtieths + points * 60
end

a.balance = a.balance - points
a.earned = a.earned - points

local year_earned = account_year_add(account_key, a, year, 0 - points)
ledger_ready(index, books)

local reversal = ledger_append(ledger, index, {
    type = 'reversal', volunteer = e.volunteer, points = 0 - points,
    balance = a.balance, ref = entry, on = e.on,
    minutes = minutes and 0 - minutes, points_per_hour = e.points_per_hour,
    by = user, role = role, scope = scope, rules = version, note = reason
})
redis.call('HSET', account_key, 'balance', a.balance, 'earned', a.earned,
           'carry', a.carry, 'y' .. year, year_earned)
redis.call('HSET', reversed, entry, reversal)
redis.call('HINCRBY', books, 'earned', 0 - points)
if minutes then
    redis.call('HINCRBY', books, 'minutes', 0 - minutes)
    if served > 0 then
        redis.call('HSET', days, e.on, served)
    else
        redis.call('HDEL', days, e.on)
    end
end

return remember(record, fingerprint, window,
                account_reply({201, 0, reversal}, e.volunteer, a,
                              points_per_hour, stars, obligations))
