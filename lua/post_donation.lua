-- POST /funds/{fund}/donations: points given to a public fund.
-- KEYS   fund account record bucket
-- ARGV   fund points volunteer, user role scope fingerprint
-- shared window, version utc_offset points_per_hour stars obligations
-- reply  201, entry, points, the fund, the account
-- or     not-found(fund, volunteer) frozen erased insufficient-points
--        idempotency-key-reused

--include replay
--include account

local fund_key, account_key, record, bucket = keys()
local fund, points, volunteer, user, role, scope, fingerprint = arguments()
local window, version, utc_offset, points_per_hour, stars,
      obligations = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local today = today_at(utc_offset)
local a = account_read(account_key, volunteer, today)

if not a then
    return {'not-found', 'no such account', 'volunteer'}
end

local f = redis.call('HMGET', fund_key, 'title', 'donated')
if not f[1] then
    return absent(fund_key, 'title')
           or {'not-found', 'no such fund', 'fund'}
end
local title = utf8(f[1], fund_key, 'title')
local donated = natural(f[2], nil, fund_key, 'donated')

if a.frozen ~= 0 then
    return {'frozen'}
end
points = tonumber(points)
if a.balance < points then
    return {'insufficient-points', 'the balance is ' .. a.balance}
end
account_ready(a, 'donated')

local e = {
    type = 'donation', volunteer = a.id, points = 0 - points, earned = 0,
    balance = a.balance - points, ref = fund, on = today, by = user,
    role = role, scope = scope, rules = in_force(version, today)
}
account_settle(a, e)
a.balance = e.balance
local entry = account_append(a, e)
account_write_balance(a)
redis.call('HSET', fund_key, 'donated', donated + points)
books_add(a.prefix, 'donated', points)

return remember(record, fingerprint, window,
                {201, 0, entry, points, fund, title, donated + points,
                 account_values(a, points_per_hour, stars, obligations)})
