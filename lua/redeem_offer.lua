-- POST /offers/{offer}/redemptions: points become a voucher.
-- KEYS   offer account taken voucher ledger index books record
-- ARGV   offer volunteer code, user role scope fingerprint,
--        version utc_offset stars valid_days
-- reply  201, the voucher
-- or     not-found frozen not-started ended stars-too-low out-of-stock
--        limit-reached insufficient-points idempotency-key-reused

--include replay
--include clock
--include account
--include offer
--include ledger
--include voucher

local offer_key, account_key, taken, voucher, ledger, index, books,
      record = unpack(KEYS)
local offer, volunteer, code, user, role, scope, fingerprint, version, utc_offset,
      stars, valid_days = unpack(ARGV)

local again = replay(record, fingerprint)
if again then
    return again
end

local time = now()
local today = day_of(time, utc_offset)
local a = account_read(account_key, year_of(today))

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
if o.min_stars > 0 and stars_of(a.earned, stars) < o.min_stars then
    return {'stars-too-low', 'needs ' .. o.min_stars .. ' stars'}
end
if o.stock < 1 then
    return {'out-of-stock'}
end

local count
if o.per_person then
    count = natural(redis.call('HGET', taken, volunteer), 0, taken, 'count')
    if count >= o.per_person then
        return {'limit-reached', 'per_person is ' .. o.per_person}
    end
end
if a.balance < o.price then
    return {'insufficient-points', 'the balance is ' .. a.balance
            .. ', the price is ' .. o.price}
end

ledger_ready(index, books)
if redis.call('EXISTS', voucher) == 1 then
    corrupt(voucher, 'is there already')
end

local days = tonumber(o.valid_days or valid_days)
local v = {
    offer = offer, merchant = o.merchant, volunteer = volunteer,
    price = o.price, state = 'issued', issued = time,
    expires = time + days * 86400
}
a.balance = a.balance - o.price

ledger_append(ledger, index, {
    type = 'redemption', volunteer = volunteer, points = 0 - o.price,
    balance = a.balance, ref = offer, voucher = code, on = today, by = user,
    role = role, scope = scope, rules = version
})
redis.call('HSET', account_key, 'balance', a.balance)
redis.call('HSET', offer_key, 'stock', o.stock - 1)
redis.call('HINCRBY', books, 'spent', o.price)

local fields = {'offer', offer, 'merchant', o.merchant, 'volunteer', volunteer,
                'price', o.price, 'state', 'issued', 'issued', time,
                'expires', v.expires, 'record', record:match(':i:(.*)$')}
if count then
    redis.call('HSET', taken, volunteer, count + 1)
    fields[#fields + 1] = 'counted'
    fields[#fields + 1] = 1
end
redis.call('HSET', voucher, unpack(fields))

-- the key is known for as long as the voucher is: they end together
return remember(record, fingerprint, nil,
                voucher_reply(201, code, v, a.balance))
