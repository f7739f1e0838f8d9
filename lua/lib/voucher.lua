--include check
--include clock
--include account
--include ledger
--include periods

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
                         'record', 'entry')
    if not f[1] then
        return absent(key, 'offer')
    end
    return {
        key = key,
        offer = id(f[1], key, 'offer'),
        merchant = id(f[2], key, 'merchant'),
        volunteer = id(f[3], key, 'volunteer'),
        price = natural(f[4], nil, key, 'price'),
        state = (f[5] == 'issued' or voucher_closed[f[5]]) and f[5]
                or corrupt(key, 'state'),
        issued = natural(f[6], nil, key, 'issued'),
        expires = natural(f[7], nil, key, 'expires'),
        counted = f[8] or '',
        record = f[9],
        entry = f[10]
    }
end

-- the account that answers for its owner
local function voucher_owner(prefix, v, today)
    local key = prefix .. 'v:' .. v.volunteer
    return account_read(key, v.volunteer, today) or corrupt(key, 'kind')
end

-- whether the user is its owner a, by whatever id a answers for
local function voucher_is_of(prefix, v, a, user)
    if v.volunteer == user or a.id == user then
        return true
    end
    local u = account_read(prefix .. 'v:' .. user, user, a.today)
    return u and u.id == a.id
end

-- balance is for its owner and staff; a merchant is not told it
local function voucher_reply(status, code, v, volunteer, balance)
    return {status, 0, code, v.offer, v.merchant, volunteer, v.price,
            v.state, v.issued, v.expires, balance}
end

-- the list of those that end in the same hour, for the sweep to find
local function voucher_due(prefix, expires, swept)
    local due = prefix .. 'due:'
                .. math.max(math.floor(expires / 3600), swept or 0)
    of_type(due, 'list')
    return due
end

-- a voucher that ended, and the Idempotency-Key that made it, are kept for
-- kept_days
local function voucher_end(prefix, v, state, entry, kept_days)
    v.state = state
    redis.call('HSET', v.key, 'state', state, 'entry', entry)
    redis.call('EXPIRE', v.key, kept_days * 86400)
    if v.record then
        redis.call('EXPIRE', prefix .. 'i:' .. v.record, kept_days * 86400)
    end
end

-- What an issued voucher that ends unused gives back beside its points, stock
-- and counts: reads them, and returns what writes them.
local function voucher_returns(prefix, v, utc_offset)
    local offer = prefix .. 'o:' .. v.offer
    local taken = prefix .. 'p:' .. v.offer
    local periods = prefix .. 'r:' .. v.volunteer

    local stock = natural(redis.call('HGET', offer, 'stock'), false, offer,
                          'stock')
    local count = v.counted:find('person')
        and natural(redis.call('HGET', taken, v.volunteer), 0, taken, 'count')
        or 0
    local counted = periods_without(periods, v.counted, v.offer,
                                    day_of(v.issued, utc_offset))
    return function()
        if stock then
            redis.call('HSET', offer, 'stock', stock + 1)
        end
        if count > 1 then
            redis.call('HSET', taken, v.volunteer, count - 1)
        elseif count == 1 then
            redis.call('HDEL', taken, v.volunteer)
        end
        periods_write(periods, counted)
    end
end

-- Ends an issued voucher unused: points, stock and the counts come back to its
-- owner a.  who has by, role, scope and rules.
local function voucher_give_back(prefix, code, v, a, state, type, who,
                                 utc_offset, kept_days)
    local give_back = voucher_returns(prefix, v, utc_offset)
    account_ready(a, 'spent', 'returned', a.lots and 'expired' or 'spent')

    account_settle(a, who)
    a.balance = a.balance + v.price
    local entry = ledger_append(prefix, {
        type = type, volunteer = a.id, points = v.price, earned = 0,
        balance = a.balance, ref = v.offer, voucher = code,
        merchant = v.merchant, on = a.today, by = who.by, role = who.role,
        scope = who.scope, rules = who.rules
    })
    redis.call('HSET', a.key, 'balance', a.balance)
    books_add(prefix, 'spent', 0 - v.price, 'returned', v.price)
    give_back()
    voucher_end(prefix, v, state, entry, kept_days)
    account_settle_again(a, who)
end

-- a voucher past its time is expired by whoever touches it
local function voucher_touch(prefix, code, v, a, time, rules, utc_offset,
                             kept_days)
    if v.state == 'issued' and time >= v.expires then
        voucher_give_back(prefix, code, v, a, 'expired', 'expiry',
                          {by = '', role = '', scope = '', rules = rules},
                          utc_offset, kept_days)
    end
end
