--include account
--include granted
--include served

-- sixtieths of a point and minutes that an entry brought, by which rate, and
-- whether late
local function earned_of(e, ledger)
    if e.minutes == '' then
        return 0
    end
    local minutes = natural(e.minutes, nil, ledger, 'minutes')
    local rate = natural(e.points_per_hour, nil, ledger, 'points_per_hour')
    return minutes * rate, minutes, rate, e.amount == '0' and e.type == 'hours'
end

-- Reverses hours, an award or an opening balance, as if it had never been: of
-- hours the carry may lend a point or give one back.  Points that have ended
-- meanwhile are not taken a second time; amount says how many those are.
local function reverse_earned(a, e, r, utc_offset)
    local ledger = a.prefix .. 'ledger'
    local sixtieths, minutes, rate, late = earned_of(e, ledger)
    local on = integer(e.on, nil, ledger, 'on')
    local ends = e.expires ~= ''
                 and natural(e.expires, nil, ledger, 'expires')
    local earned = natural(e.earned, nil, ledger, 'earned')
    local points = natural(e.points, nil, ledger, 'points')
    local given = points
    local of_year = sixtieths
    local days = a.prefix .. 'd:' .. a.id
    local served, granted
    local granted_key = a.prefix .. 'u:' .. e.by

    if e.type == 'hours' then
        earned, points = account_carry(a, 0 - sixtieths, late)
        earned, points = 0 - earned, 0 - points
        served = natural(redis.call('HGET', days, on), 0, days, on) - minutes
        if served < 0 then
            corrupt(days, on)
        end
        if granted_counted(e) then
            local ms = tonumber(e.id:match('^%d+'))
            granted = granted_without(granted_key,
                                      day_of(math.floor(ms / 1000),
                                             utc_offset), minutes, a.today)
        end
    elseif e.type == 'opening' then
        local lent, spent = account_carry(a, 0 - sixtieths, false)
        earned, points = earned - lent, points - spent
        of_year = e.amount ~= ''
                  and natural(e.amount, nil, ledger, 'amount') * 60 or 0
    else
        of_year = earned * 60
    end
    account_year_add(a, year_of(on), 0 - of_year)
    account_ready(a, 'earned', 'reversed', 'minutes', 'unspendable', 'expired')
    org_earned_ready(a.prefix, e.org, on)
    local persons = 0 - served_by(e)
    served_ready(a.prefix, e.org, on, persons)
    boards_ready(a)

    account_settle(a, r)
    local taken, ended = lots_take(a, points, given,
                                   ends and day_of(ends, utc_offset))
    account_earn(a, 0 - earned, 0 - points)
    a.balance = a.balance + ended
    r.points = ended - points
    r.earned = 0 - earned
    r.balance = a.balance
    r.on = on
    r.org = e.org
    r.minutes = minutes and 0 - minutes
    r.points_per_hour = rate
    r.amount = ended ~= 0 and ended
    local reversal = account_append(a, r)
    for day, n in pairs(taken) do
        account_limit(a, day, 0 - n)
    end
    if ended > 0 then
        a.limited = a.limited - ended
    end
    account_write(a)
    books_add(a.prefix, 'earned', 0 - earned, 'reversed', earned, 'unspendable',
              points - earned, 'expired', 0 - ended)
    org_earned(e.org, on, served and 0 - minutes or 0, 0 - earned)
    served_add(e.org, on, persons)
    if served then
        books_add(a.prefix, 'minutes', 0 - minutes)
        if served > 0 then
            redis.call('HSET', days, on, served)
        else
            redis.call('HDEL', days, on)
        end
    end
    if granted then
        granted_write(granted_key, granted)
    end
    account_settle_again(a, r)
    return reversal
end
