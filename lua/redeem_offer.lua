-- POST /offers/{offer}/redemptions: points become a voucher.
-- KEYS   offer account taken voucher record
-- ARGV   offer volunteer code, user role scope fingerprint,
--        version utc_offset stars valid_days redemptions
-- reply  201, the voucher
-- or     not-found frozen not-started ended stars-too-low out-of-stock
--        limit-reached insufficient-points idempotency-key-reused

--include replay
--include account
--include offer
--include voucher
--include periods

local offer_key, account_key, taken, voucher, record = unpack(KEYS)
local offer, volunteer, code, user, role, scope, fingerprint, version,
      utc_offset, stars, valid_days, redemptions = unpack(ARGV)

local again = replay(record, fingerprint)
if again then
    return again
end

local time = now()
local today = day_of(time, utc_offset)
local a = account_read(account_key, volunteer, today)

if not a then
    return {'not-found', 'no such account', 'volunteer'}
end
if a.frozen ~= 0 then
    return {'frozen'}
end

local o = offer_read(offer_key)

if not o then
    return {'not-found', 'no such offer', 'offer'}
end
if o.starts and time < o.starts then
    return {'not-started'}
end
if o.ends and time >= o.ends then
    return {'ended'}
end
if o.min_stars > 0
    and stars_of(a.earned, in_force(stars, today)) < o.min_stars
then
    return {'stars-too-low', 'needs ' .. o.min_stars .. ' stars'}
end
if o.stock < 1 then
    return {'out-of-stock'}
end

local count
local counters_of = {}
if o.per_person then
    count = natural(redis.call('HGET', taken, a.id), 0, taken, 'count') + 1
    if count > o.per_person then
        return {'limit-reached', 'per_person is ' .. o.per_person}
    end
    counters_of[1] = 'person'
end

local periods = a.prefix .. 'r:' .. a.id
local counted, limit = periods_allow(periods, redemptions, offer, today)
if limit then
    return {'limit-reached', limit}
end
for _, c in ipairs(counted) do
    counters_of[#counters_of + 1] = c[1]
end

if a.balance < o.price then
    return {'insufficient-points', 'the balance is ' .. a.balance
            .. ', the price is ' .. o.price}
end

account_ready(a, 'spent')
if redis.call('EXISTS', voucher) == 1 then
    corrupt(voucher, 'is there already')
end

local days = o.valid_days or in_force(valid_days, today)
local v = {
    offer = offer, merchant = o.merchant, volunteer = a.id,
    price = o.price, state = 'issued', issued = time,
    expires = time + days * 86400, counted = table.concat(counters_of, ',')
}
local e = {
    type = 'redemption', volunteer = a.id, points = 0 - o.price, earned = 0,
    balance = a.balance - o.price, ref = offer, voucher = code,
    merchant = o.merchant, on = today, expires = v.expires,
    counted = v.counted, by = user, role = role, scope = scope,
    rules = in_force(version, today)
}
local due = voucher_due(a.prefix, v.expires)

account_settle(a, e)
a.balance = e.balance
local entry = ledger_append(a.prefix, e)
redis.call('HSET', a.key, 'balance', a.balance)
redis.call('HSET', offer_key, 'stock', o.stock - 1)
books_add(a.prefix, 'spent', o.price)

local fields = {'offer', offer, 'merchant', o.merchant, 'volunteer', a.id,
                'price', o.price, 'state', 'issued', 'issued', time,
                'expires', v.expires, 'record', record:match(':i:(.*)$'),
                'entry', entry}
if count then
    redis.call('HSET', taken, a.id, count)
end
if v.counted ~= '' then
    fields[#fields + 1] = 'counted'
    fields[#fields + 1] = v.counted
    periods_write(periods, counted)
end
redis.call('HSET', voucher, unpack(fields))
redis.call('RPUSH', due, code)

-- the key is known for as long as the voucher is: they end together
return remember(record, fingerprint, nil,
                voucher_reply(201, code, v, a.id, a.balance))
