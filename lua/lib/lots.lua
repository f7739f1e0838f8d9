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

-- how many points end next, and on which day; false without any
local function lots_next(a)
    if not a.lots then
        return false, false
    end
    local days = {}
    for day in pairs(a.lots) do
        if day > a.today then
            days[#days + 1] = day
        end
    end
    table.sort(days)

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
