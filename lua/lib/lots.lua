--include check
--include clock
--include rules

-- Points that end are kept in lots: the day on which they end -> how many came
-- in.  What is spent is always the soonest to end, so a lot need not know what
-- is left of it: an account may have no more than its points for life and all
-- lots that have not ended; what it has above that has ended.

-- the day on which points earned on a day end, or nil; expiry is the rule,
-- "YEARS" or "YEARS,MMDD": the first such date after YEARS years
local function lot_end(expiry, on)
    local years, date = in_force(expiry, on):match('^(%d+),?(%d*)$')
    if not years then
        return nil
    end
    local y, m, d = date_of(on)
    y = y + years
    local day = day_number(y, m, d)
    if date == '' then
        return day
    end
    local month, dom = tonumber(date:sub(1, 2)), tonumber(date:sub(3))
    local ending = day_number(y, month, dom)
    return ending > day and ending or day_number(y + 1, month, dom)
end

-- the lots at key
local function lots_read(key)
    local lots = {}
    local f = redis.call('HGETALL', key)
    for i = 1, #f, 2 do
        lots[natural(f[i], nil, key, 'day')] = integer(f[i + 1], nil, key,
                                                       f[i])
    end
    return lots
end

-- the days to come on which points end, the soonest first
local function lots_days(a)
    local days = {}
    for day in pairs(a.lots) do
        if day > a.today then
            days[#days + 1] = day
        end
    end
    table.sort(days)
    return days
end

-- points for life; undoing a merge may take one more than there are
local function lots_life(a)
    return math.max(a.earned - a.unspendable - a.limited, 0)
end

-- what has ended by today of an account's balance
local function lots_ended(a)
    if not a.lots then
        return 0
    end
    local allowed = lots_life(a)
    for day, points in pairs(a.lots) do
        if day > a.today then
            allowed = allowed + points
        end
    end
    return math.max(a.balance - math.max(allowed, 0), 0)
end

-- Of so many points that are taken back: a table of how many come from which
-- lots, and how many had ended; the rest is for life.  What the entry gave is
-- taken where it went, from the lot of its end or the points for life; a point
-- more, which it had lent minutes to, from what ends soonest.  None is taken
-- where there is none.
local function lots_take(a, points, given, ends)
    local taken, ended = {}, 0
    if not a.lots then
        return taken, ended
    end
    local days, gone = lots_days(a), a.limited
    for _, day in ipairs(days) do
        gone = gone - a.lots[day]
    end

    local function take(most, left)
        local n = math.max(math.min(points, most, left), 0)
        points = points - n
        return n
    end

    if not ends then
        take(given, lots_life(a))
    elseif ends > a.today then
        taken[ends] = take(given, a.lots[ends] or 0)
    else
        ended = take(points, gone)
    end
    for _, day in ipairs(days) do
        local n = taken[day] or 0
        taken[day] = n + take(points, a.lots[day] - n)
    end
    return taken, ended + take(points, gone - ended)
end

-- how many points end next, and on which day; false without any
local function lots_next(a)
    if not a.lots then
        return false, false
    end
    local days = lots_days(a)
    local allowed = lots_life(a)
    for _, day in ipairs(days) do
        allowed = allowed + a.lots[day]
    end
    for _, day in ipairs(days) do
        allowed = allowed - a.lots[day]
        local points = a.balance - math.max(allowed, 0)
        if points > 0 then
            return points, day
        end
    end
    return false, false
end
