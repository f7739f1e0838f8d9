--include account

-- gives points back that were donated
local function reverse_donation(a, e, r)
    local ledger = a.prefix .. 'ledger'
    local fund = a.prefix .. 'f:' .. e.ref
    local points = 0 - integer(e.points, nil, ledger, 'points')
    local donated = natural(redis.call('HGET', fund, 'donated'), nil, fund,
                            'donated') - points
    if donated < 0 then
        corrupt(fund, 'donated')
    end
    account_ready(a, 'donated', 'expired')

    account_settle(a, r)
    a.balance = a.balance + points
    r.points = points
    r.earned = 0
    r.balance = a.balance
    local reversal = account_append(a, r)
    account_write_balance(a)
    redis.call('HSET', fund, 'donated', donated)
    books_add(a.prefix, 'donated', 0 - points)
    account_settle_again(a, r)
    return reversal
end
