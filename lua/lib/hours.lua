--include account
--include served

-- Records minutes of service, of today or a day before, which become points;
-- what is short of a point is carried, in sixtieths of a point.  The rules of
-- the day of service judge it.
--
-- s has minutes, on, ref, org (for which they count), note, by, role and scope,
-- and counted: what the entry says that it was counted in.  rules has
-- version, utc_offset, points_per_hour, minutes_per_day, spendable_days and
-- expiry, as a script is given them.  What else the caller has to check comes
-- before, what it has to write behind.  Returns the entry, the points and those
-- earned; or nil and the refusal.
local function hours_record(a, s, rules)
    local on, minutes = s.on, s.minutes
    local days = a.prefix .. 'd:' .. a.id
    local served = natural(redis.call('HGET', days, on), 0, days, on) + minutes
    local most = in_force(rules.minutes_per_day, on)
    if served > tonumber(most) then
        return nil, {'limit-reached', 'limits.minutes_per_day is ' .. most}
    end

    -- points that came too late, or would have ended by now, can't be spent
    local rate = in_force(rules.points_per_hour, on)
    local ends = lot_end(rules.expiry, on)
    local spendable = in_force(rules.spendable_days, on)
    local late = spendable ~= '' and a.today - on > tonumber(spendable)
                 or ends and ends <= a.today

    local earned, points = account_carry(a, minutes * rate, late)
    account_year_add(a, year_of(on), minutes * rate)
    if a.earned + earned > POINTS_MAX then
        return nil, {'limit-reached', 'the account is full'}
    end
    account_ready(a, 'earned', 'minutes', 'unspendable')
    org_earned_ready(a.prefix, s.org, on)
    s.type = 'hours'
    s.counted = s.counted or ''
    local persons = served_by(s)
    served_ready(a.prefix, s.org, on, persons)
    boards_ready(a)
    local lot = not late and ends or nil
    account_lot_ready(a, lot)

    s.rules = in_force(rules.version, on)
    account_settle(a, s)
    account_earn(a, earned, points)
    s.volunteer = a.id
    s.points = points
    s.earned = earned
    s.balance = a.balance
    s.points_per_hour = rate
    s.expires = ends and day_start(ends, rules.utc_offset)
    s.amount = late and 0
    local entry = account_append(a, s)
    account_limit(a, lot, points)
    account_write(a)
    redis.call('HSET', days, digits[on], digits[served])
    books_add(a.prefix, 'earned', earned, 'minutes', minutes,
              'unspendable', earned - points)
    org_earned(s.org, on, minutes, earned)
    served_add(s.org, on, persons)
    return entry, points, earned
end
