--include check
--include clock
--include rules
--include ledger

-- the offer at key, or nil; absent limits are false
local function offer_read(key)
    local f = redis.call('HMGET', key, 'merchant', 'title', 'price', 'stock',
                         'min_stars', 'per_person', 'starts', 'ends',
                         'valid_days')
    if not f[1] then
        return absent(key, 'merchant')
    end
    return {
        merchant = id(f[1], key, 'merchant'),
        title = f[2] or corrupt(key, 'title'),
        price = natural(f[3], nil, key, 'price'),
        stock = natural(f[4], nil, key, 'stock'),
        min_stars = natural(f[5], 0, key, 'min_stars'),
        per_person = natural(f[6], false, key, 'per_person'),
        starts = natural(f[7], false, key, 'starts'),
        ends = natural(f[8], false, key, 'ends'),
        valid_days = natural(f[9], false, key, 'valid_days')
    }
end

local offers_shared = {}

-- the offer at key, or nil: one and the same for all calls of a batch
local function offer_shared(key)
    local o = offers_shared[key]
    if not o then
        o = offer_read(key)
        if o then
            o.key = key
            offers_shared[key] = o
        end
    end
    return o
end

local function offer_write_stock(o)
    redis.call('HSET', o.key, 'stock', o.stock)
end

-- takes one of it; the stock is written when all calls are done
local function offer_take(o)
    o.stock = o.stock - 1
    if not o.taken then
        o.taken = true
        later(offer_write_stock, o)
    end
end

-- puts the offer behind what reply holds
local function offer_reply(reply, offer, o)
    local n = #reply
    reply[n + 1] = offer
    reply[n + 2] = o.merchant
    reply[n + 3] = o.title
    reply[n + 4] = o.price
    reply[n + 5] = o.stock
    reply[n + 6] = o.min_stars
    reply[n + 7] = o.per_person
    reply[n + 8] = o.starts
    reply[n + 9] = o.ends
    reply[n + 10] = o.valid_days
    return reply
end

-- offers are indexed by price, then id; members sort as bytes
local function offer_member(price, offer)
    return string.format('%012d:%s', price, offer)
end

-- Writes a change of the stock as an entry; who has by, role, scope and rules.
local function stock_append(prefix, offer, merchant, change, who, utc_offset)
    if change == 0 then
        return
    end
    local today = today_at(utc_offset)
    ledger_append(prefix, {
        type = 'stock', points = 0, earned = 0, ref = offer,
        merchant = merchant, on = today, amount = change, by = who.by,
        role = who.role, scope = who.scope, rules = in_force(who.rules, today)
    }, '')
end
