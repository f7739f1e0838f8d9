-- POST /volunteers/{volunteer}/awards: points for a case of the rulebook.  The
-- rulebook of today judges only what is new, so its range comes after a replay.
-- KEYS   account ledger index books record
-- ARGV   volunteer case points evidence note, case_min case_max ("" for a case
--        that is not in the rulebook),
--        user role scope fingerprint window,
--        version utc_offset points_per_hour stars obligations
-- reply  201, entry, points, the account
-- or     invalid-field(case, points) not-found limit-reached
--        idempotency-key-reused

--include replay
--include clock
--include account
--include ledger

local account_key, ledger, index, books, record = unpack(KEYS)
local volunteer, case, points, evidence, note, case_min, case_max, user, role,
      scope, fingerprint, window, version, utc_offset, points_per_hour, stars,
      obligations = unpack(ARGV)

local again = replay(record, fingerprint)
if again then
    return again
end

points = tonumber(points)
if case_min == '' then
    return {'invalid-field', 'must be a case of the rulebook', 'case'}
end
if points < case_min + 0 or points > case_max + 0 then
    return {'invalid-field', 'the case gives from ' .. case_min .. ' to '
            .. case_max .. ' points', 'points'}
end

local today = day_of(now(), utc_offset)
local a = account_read(account_key, year_of(today))

if not a then
    return {'not-found'}
end

a.balance = a.balance + points
a.earned = a.earned + points
a.year_earned = a.year_earned + points

if a.earned > POINTS_MAX then
    return {'limit-reached', 'the account is full'}
end
ledger_ready(index, books)

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
