-- POST /offers/{offer}/restock: more of an offer, or less of it.
-- KEYS   offer record bucket
-- ARGV   prefix offer stock, user role scope fingerprint
-- shared window, version utc_offset
-- reply  200, the offer
-- or     not-found forbidden out-of-stock limit-reached
--        idempotency-key-reused

--include replay
--include offer

local key, record, bucket = keys()
local prefix, offer, change, user, role, scope, fingerprint = arguments()
local window, version, utc_offset = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local o = offer_read(key)

if not o then
    return {'not-found'}
end
if role == 'merchant' and o.merchant ~= scope then
    return {'forbidden'}
end

o.stock = o.stock + change
if o.stock < 0 then
    return {'out-of-stock', 'the stock is ' .. o.stock - change}
end
if o.stock > POINTS_MAX then
    return {'limit-reached', 'the stock is full'}
end

utf8(o.title, key, 'title')
stock_append(prefix, offer, o.merchant, tonumber(change), {
    by = user, role = role, scope = scope, rules = version
}, utc_offset)
redis.call('HSET', key, 'stock', o.stock)

return remember(record, fingerprint, window, offer_reply({200, 0}, offer, o))
