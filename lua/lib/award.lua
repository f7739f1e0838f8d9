--include account

-- gives the points of an award, whose entry e says the rest
local function award_grant(a, e, points, expiry, utc_offset)
    local ends = lot_end(expiry, a.today)
    if a.earned + points > POINTS_MAX then
        return nil
    end
    account_year_add(a, a.year, points * 60)
    account_ready(a, 'earned', 'unspendable')
    account_lot_ready(a, ends)
    org_earned_ready(a.prefix, a.station, a.today)
    boards_ready(a)

    account_settle(a, e)
    account_earn(a, points, points)
    e.type = 'award'
    e.volunteer = a.id
    e.points = points
    e.earned = points
    e.balance = a.balance
    e.on = a.today
    e.org = a.station
    e.expires = ends and day_start(ends, utc_offset)
    local entry = account_append(a, e)
    account_limit(a, ends, points)
    account_write(a)
    books_add(a.prefix, 'earned', points)
    org_earned(a.station, a.today, 0, points)
    return entry
end
