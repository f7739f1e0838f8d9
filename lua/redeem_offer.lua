-- POST /offers/{offer}/redemptions: points become a voucher.
-- KEYS   offer account record bucket
-- ARGV   offer volunteer code, user role scope fingerprint
-- shared version utc_offset stars valid_days redemptions
-- reply  201, the voucher
-- or     not-found frozen erased not-started ended stars-too-low out-of-stock
--        limit-reached insufficient-points idempotency-key-reused

--include account
--include offer
--include voucher
--include redeemed
--include taken

local offer_key, account_key, record, bucket = keys()
local offer, volunteer, code, user, role, scope, fingerprint = arguments()
local version, utc_offset, stars, valid_days, redemptions = shared()

local record_name = record_field(record)
local code_rest = code:sub(BUCKET + 1)
local there = redis.call('HMGET', bucket, record_name, code_rest)

local kept = bucket_record(there[1], bucket) or record_read(record)
if kept then
    --seldom
    return redeemed(record, kept, fingerprint)
end
if there[2] then
    corrupt(bucket, 'has the code already')
end

local time = now()
local today = today_at(utc_offset)
local a = account_spending(account_key, volunteer, today)

if not a then
    return {'not-found', 'no such account', 'volunteer'}
end
if a.frozen ~= 0 then
    return {'frozen'}
end

local o = offer_shared(offer_key)

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

local taken, limit = taken_allow(a, o, redemptions, offer)
if limit then
    return {'limit-reached', limit}
end
if a.balance < o.price then
    return {'insufficient-points', 'the balance is ' .. a.balance
            .. ', the price is ' .. o.price}
end

account_ready(a, 'spent')

local days = o.valid_days or in_force(valid_days, today)
local e = {
    type = 'redemption', volunteer = a.id, points = 0 - o.price, earned = 0,
    balance = a.balance - o.price, ref = offer, voucher = code,
    merchant = o.merchant, on = today, expires = time + days * 86400,
    counted = taken.counted, by = user, role = role, scope = scope,
    rules = in_force(version, today)
}
local due = voucher_due(a.prefix, e.expires)

account_settle(a, e)
a.balance = e.balance
local entry = account_append(a, e)
account_write_balance(a)
redis.call('HSET', bucket, code_rest, voucher_text_new(entry, record_name),
           record_name, voucher_record(code, fingerprint))
offer_take(o)
books_add(a.prefix, 'spent', o.price)
push_later(due, code)
taken_write(a, taken)

-- as a text: to make and to pack a table of them takes five times as long
return '201\t0\t' .. code .. '\t' .. offer .. '\t' .. o.merchant .. '\t'
       .. a.id .. '\t' .. digits[o.price] .. '\tissued\t'
       .. digits[entry_seconds(entry)] .. '\t' .. digits[e.expires] .. '\t'
       .. digits[a.balance]
