-- PUT /offers/{offer}: what a merchant offers for points; replaces the offer,
-- its stock included; a change of the stock is an entry.
-- KEYS   offer merchant offers
-- ARGV   prefix offer merchant title price stock min_stars per_person starts
--        ends valid_days, user role scope
-- shared version utc_offset
-- reply  201 or 200, the offer
-- or     forbidden invalid-field(merchant, ends)

--include fields
--include offer

local key, merchant_key, offers = keys()
local prefix, offer, merchant, title, price, stock, min_stars, per_person,
      starts, ends, valid_days, user, role, scope = arguments()
local version, utc_offset = shared()

local old = offer_read(key)

if role == 'merchant'
    and (merchant ~= scope or old and old.merchant ~= scope)
then
    return {'forbidden'}
end
if not redis.call('HGET', merchant_key, 'title') then
    return {'invalid-field', 'no such merchant', 'merchant'}
end
if starts ~= '' and ends ~= '' and starts + 0 >= ends + 0 then
    return {'invalid-field', 'is not after starts', 'ends'}
end

local member = offer_member(price, offer)
local shelf = prefix .. 'm:' .. merchant .. ':offers'
local old_member = old and offer_member(old.price, offer)
local old_shelf = old and prefix .. 'm:' .. old.merchant .. ':offers'
for _, set in ipairs({offers, shelf, old_shelf or shelf}) do
    of_type(set, 'zset')
end

local set = {}
local unset = {}
put_field(set, unset, 'min_stars', min_stars)
put_field(set, unset, 'per_person', per_person)
put_field(set, unset, 'starts', starts)
put_field(set, unset, 'ends', ends)
put_field(set, unset, 'valid_days', valid_days)

stock_append(prefix, offer, merchant, stock - (old and old.stock or 0), {
    by = user, role = role, scope = scope, rules = version
}, utc_offset)
redis.call('HSET', key, 'merchant', merchant, 'title', title, 'price', price,
           'stock', stock, unpack(set))
if old and #unset > 0 then
    redis.call('HDEL', key, unpack(unset))
end
redis.call('ZADD', offers, 0, member)
redis.call('ZADD', shelf, 0, member)
if old and old_member ~= member then
    redis.call('ZREM', offers, old_member)
end
if old and (old_member ~= member or old_shelf ~= shelf) then
    redis.call('ZREM', old_shelf, old_member)
end

return offer_reply({old and 200 or 201, 0}, offer, offer_read(key))
