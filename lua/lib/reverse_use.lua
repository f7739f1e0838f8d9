--include voucher

-- A voucher that was used by mistake can be used, cancelled or expire again.
local function reverse_use(a, e, r, utc_offset, time)
    local prefix = a.prefix
    local v = voucher_read(prefix .. 'x:' .. e.voucher)
    if not v then
        return nil, {'not-found', 'the voucher is not kept any more',
                     'voucher'}
    end
    if v.state ~= 'used' or v.last ~= e.id then
        return nil, {'not-reversible', 'the voucher is not in that use'}
    end
    local sweep = prefix .. 'sweep'
    local swept = natural(redis.call('HGET', sweep, 'hour'), 0, sweep, 'hour')
    local due = voucher_due(prefix, v.expires, swept)
    account_ready(a, 'used')

    account_settle(a, r)
    r.points = 0
    r.earned = 0
    r.balance = a.balance
    r.voucher = e.voucher
    r.merchant = v.merchant
    r.amount = 0 - v.price
    local reversal = account_append(a, r)
    account_write_balance(a)
    voucher_reopen(prefix, v, reversal)
    push_later(due, e.voucher)
    books_add(prefix, 'used', 0 - v.price)
    return reversal
end
