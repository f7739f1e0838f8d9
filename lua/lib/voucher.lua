--include check
--include clock
--include ledger

-- what stands in the way of using or cancelling a voucher
local voucher_closed = {
    used = 'voucher-used',
    cancelled = 'voucher-cancelled',
    expired = 'voucher-expired'
}

-- the voucher at key, or nil
local function voucher_read(key)
    local f = redis.call('HMGET', key, 'offer', 'merchant', 'volunteer',
                         'price', 'state', 'issued', 'expires', 'counted',
                         'record')
    if not f[1] then
        return absent(key, 'offer')
    end
    return {
        offer = id(f[1], key, 'offer'),
        merchant = id(f[2], key, 'merchant'),
        volunteer = id(f[3], key, 'volunteer'),
        price = natural(f[4], nil, key, 'price'),
        state = (f[5] == 'issued' or voucher_closed[f[5]]) and f[5]
                or corrupt(key, 'state'),
        issued = natural(f[6], nil, key, 'issued'),
        expires = natural(f[7], nil, key, 'expires'),
        counted = f[8],
        record = f[9]
    }
end

-- balance is for its owner and staff; a merchant is not told it
local function voucher_reply(status, code, v, balance)
    return {status, 0, code, v.offer, v.merchant, v.volunteer, v.price,
            v.state, v.issued, v.expires, balance}
end

local function voucher_balance(prefix, v)
    local key = prefix .. 'v:' .. v.volunteer
    return integer(redis.call('HGET', key, 'balance'), nil, key, 'balance')
end

-- a voucher that ended, and the Idempotency-Key that made it, are kept for
-- kept_days
local function voucher_end(prefix, key, v, state, kept_days)
    v.state = state
    redis.call('HSET', key, 'state', state)
    redis.call('EXPIRE', key, kept_days * 86400)
    if v.record then
        redis.call('EXPIRE', prefix .. 'i:' .. v.record, kept_days * 86400)
    end
end

-- Ends an issued voucher unused: points, stock and the person's count come
-- back.  who has by, role, scope, rules, on; returns the owner's balance.
local function voucher_give_back(prefix, code, key, v, state, type, kept_days,
                                 who)
    local account = prefix .. 'v:' .. v.volunteer
    local offer = prefix .. 'o:' .. v.offer
    local taken = prefix .. 'p:' .. v.offer
    local ledger = prefix .. 'ledger'
    local index = prefix .. 'l:' .. v.volunteer
    local books = prefix .. 'books'

    local balance = voucher_balance(prefix, v) + v.price
    local stock = natural(redis.call('HGET', offer, 'stock'), false, offer,
                          'stock')
    local count = v.counted
        and natural(redis.call('HGET', taken, v.volunteer), 0, taken, 'count')
        or 0
    ledger_ready(index, books)

    ledger_append(ledger, index, {
        type = type, volunteer = v.volunteer, points = v.price,
        balance = balance, ref = v.offer, voucher = code, on = who.on,
        by = who.by,
        role = who.role, scope = who.scope, rules = who.rules
    })
    redis.call('HSET', account, 'balance', balance)
    redis.call('HINCRBY', books, 'spent', 0 - v.price)
    if stock then
        redis.call('HSET', offer, 'stock', stock + 1)
    end
    if count > 1 then
        redis.call('HSET', taken, v.volunteer, count - 1)
    elseif count == 1 then
        redis.call('HDEL', taken, v.volunteer)
    end
    voucher_end(prefix, key, v, state, kept_days)
    return balance
end

-- a voucher past its day is expired by whoever touches it
local function voucher_touch(prefix, code, key, v, kept_days, rules,
                             utc_offset)
    local time = now()
    if v.state == 'issued' and time >= v.expires then
        voucher_give_back(prefix, code, key, v, 'expired', 'expiry', kept_days,
                          {by = '', role = '', scope = '', rules = rules,
                           on = day_of(time, utc_offset)})
    end
    return time
end
