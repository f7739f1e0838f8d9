-- POST /volunteers/{volunteer}/awards: points for a case of the rulebook, the
-- amount already checked against the case's range.
-- KEYS   account ledger index books record
-- ARGV   volunteer case points evidence note,
--        user role scope fingerprint window,
--        version utc_offset points_per_hour stars obligations
-- reply  201, entry, points, the account
-- or     not-found limit-reached idempotency-key-reused

--include replay
--include clock
--include account
--include ledger

local account_key, ledger, index, books, record = unpack(KEYS)
local volunteer, case, points, evidence, note, user, role, scope, fingerprint,
      window, version, utc_offset, points_per_hour, stars,
      obligations = unpack(ARGV)

local again = replay(record, fingerprint)
if again then
    return again
end

local today = day_of(now(), utc_offset)
local a = account_read(account_key, year_of(today))

if not a then
    return {'not-found'}
end

points = tonumber(points)
a.balance = a.balance + points
a.earned = a.earned + points
a.year_earned = a.year_earned + points

if a.earned > POINTS_MAX then
    return {'limit-reached', 'the account is full'}
end
ledger_ready(ledger, index, books)

local entry = ledger_append(ledger, index, {
    type = 'award', volunteer = volunteer, points = points,
    balance = a.balance, ref = case, on = today, by = user, role = role,
    scope = scope, rules = version, note = note, evidence = evidence
})
redis.call('HSET', account_key, 'balance', a.balance, 'earned', a.earned,
           'y' .. a.year, a.year_earned)
redis.call('HINCRBY', books, 'earned', points)

return remember(record, fingerprint, window,
                account_reply({201, 0, entry, points}, volunteer, a,
                              points_per_hour, stars, obligations))
