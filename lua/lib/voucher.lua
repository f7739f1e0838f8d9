--include check
--include clock
--include ledger

-- the voucher at key, or nil
local function voucher_read(key)
    local f = redis.call('HMGET', key, 'offer', 'merchant', 'volunteer',
                         'price', 'state', 'issued', 'expires',
                         'counted')
    if not f[1] then
        if f[4] or f[5] then
            corrupt(key, 'offer')
        end
        return nil
    end
    return {
        offer = f[1],
        merchant = f[2] or corrupt(key, 'merchant'),
        volunteer = f[3] or corrupt(key, 'volunteer'),
        price = integer(f[4], nil, key, 'price'),
        state = f[5] or corrupt(key, 'state'),
        issued = integer(f[6], nil, key, 'issued'),
        expires = integer(f[7], nil, key, 'expires'),
        counted = f[8]
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

-- what stands in the way of using or cancelling a voucher
local voucher_closed = {
    used = 'voucher-used',
    cancelled = 'voucher-cancelled',
    expired = 'voucher-expired'
}

-- a voucher that ended stays readable for kept_days
local function voucher_end(key, v, state, kept_days)
    v.state = state
    redis.call('HSET', key, 'state', state)
    redis.call('EXPIRE', key, kept_days * 86400)
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
    local stock = integer(redis.call('HGET', offer, 'stock'), false, offer,
                          'stock')
    local count = v.counted
        and integer(redis.call('HGET', taken, v.volunteer), 0, taken, 'count')
        or 0
    ledger_ready(ledger, index, books)

    ledger_append(ledger, index, {
        type = type, volunteer = v.volunteer, points = v.price,
        balance = balance, ref = code, on = who.on, by = who.by,
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
    voucher_end(key, v, state, kept_days)
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
