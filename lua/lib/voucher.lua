--include check
--include clock
--include account
--include ledger
--include periods
--include voucher_text

-- the account that answers for its owner; the code of one who was erased is
-- good until it ends
local function voucher_owner(prefix, v, today)
    local key = prefix .. 'v:' .. v.volunteer
    return account_read(key, v.volunteer, today, true) or corrupt(key, 'kind')
end

-- whether the user is its owner a, by whatever id a answers for
local function voucher_is_of(prefix, v, a, user)
    local own = v.volunteer == user or a.id == user
    if not own then
        local u = account_read(prefix .. 'v:' .. user, user, a.today, true)
        own = u and u.id == a.id
    end
    if own and a.erased then
        refuse('erased')
    end
    return own
end

-- balance is for its owner and staff; a merchant is not told it
local function voucher_reply(status, code, v, volunteer, balance)
    return {status, 0, code, v.offer, v.merchant, volunteer, v.price,
            v.state, v.issued, v.expires, balance}
end

local due_of = {}

-- the list of those that end in the same hour, for the sweep to find
local function voucher_due(prefix, expires, swept)
    local due = due_of[expires]
    if not due then
        due = prefix .. 'due:' .. math.max(floor(expires / 3600), swept or 0)
        of_type(due, 'list')
        due_of[expires] = due
    end
    return due
end

-- An open voucher ends by an entry.  It and its record leave their bucket, and
-- are forgotten together at a time.
local function voucher_end(prefix, v, state, entry, forgotten)
    local bucket, field = voucher_place(v.key)
    local record = v.record and redis.call('HGET', bucket, v.record)
    local record_key = v.record and prefix .. 'i:' .. v.record
    v.state = state
    v.last = entry
    if record then
        redis.call('SET', record_key, record, 'EXAT', forgotten)
        redis.call('HDEL', bucket, v.record)
    elseif record_key then
        redis.call('EXPIREAT', record_key, forgotten)
    end
    redis.call('SET', v.key, voucher_text(v), 'EXAT', forgotten)
    redis.call('HDEL', bucket, field)
end

-- One that was used is open again by an entry; its record has no end then, and
-- stays where it is.
local function voucher_reopen(prefix, v, entry)
    v.state = 'issued'
    v.last = entry
    voucher_open(v)
    redis.call('DEL', v.key)
    if v.record then
        redis.call('PERSIST', prefix .. 'i:' .. v.record)
    end
end

-- What an issued voucher that ends unused gives back beside its points, stock
-- and counts: reads them, and returns what writes them.
local function voucher_returns(prefix, v)
    local offer = prefix .. 'o:' .. v.offer
    local taken = prefix .. 'p:' .. v.offer
    local periods = prefix .. 'r:' .. v.volunteer

    local stock = natural(redis.call('HGET', offer, 'stock'), false, offer,
                          'stock')
    local count = v.counted:find('person')
        and natural(redis.call('HGET', taken, v.volunteer), 0, taken, 'count')
        or 0
    local counted = periods_without(periods, v.counted, v.offer, v.on)
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
                                 kept_days)
    local give_back = voucher_returns(prefix, v)
    account_ready(a, 'spent', 'returned', a.lots and 'expired' or 'spent')

    account_settle(a, who)
    a.balance = a.balance + v.price
    local entry = account_append(a, {
        type = type, volunteer = a.id, points = v.price, earned = 0,
        balance = a.balance, ref = v.offer, voucher = code,
        merchant = v.merchant, on = a.today, by = who.by, role = who.role,
        scope = who.scope, rules = who.rules
    })
    account_write_balance(a)
    books_add(prefix, 'spent', 0 - v.price, 'returned', v.price)
    give_back()
    voucher_end(prefix, v, state, entry, now() + kept_days * 86400)
    account_settle_again(a, who)
end

-- a voucher past its time is expired by whoever touches it
local function voucher_touch(prefix, code, v, a, time, rules, kept_days)
    if v.state == 'issued' and time >= v.expires then
        voucher_give_back(prefix, code, v, a, 'expired', 'expiry',
                          {by = '', role = '', scope = '', rules = rules},
                          kept_days)
    end
end
