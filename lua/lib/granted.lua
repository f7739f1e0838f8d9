--include check
--include clock
--include rules

-- Minutes that an organizer granted while there was a limit to them, by the day
-- of granting: a hash at key of day, day_minutes, month, month_minutes.  An
-- entry whose minutes are in it has "organizer" in counted.

-- whether an entry's minutes are in it
local function granted_counted(e)
    return find(e.counted, 'organizer', 1, true)
end

local function month_of(day)
    local y, m = date_of(day)
    return y * 12 + m
end

-- what the hash says of the day's periods
local function granted_read(key, day)
    local f = redis.call('HMGET', key, 'day', 'day_minutes', 'month',
                         'month_minutes')
    local month = month_of(day)
    local g = {day = day, month = month}
    g.day_minutes = natural(f[1], false, key, 'day') == day
                    and natural(f[2], 0, key, 'day_minutes') or 0
    g.month_minutes = natural(f[3], false, key, 'month') == month
                      and natural(f[4], 0, key, 'month_minutes') or 0
    return g
end

-- What it will say with so many minutes more; also the limit when one of the
-- rule, "DAY,MONTH", would be passed.  Nil when there is no such rule.
local function granted_allow(key, rule, day, minutes)
    local per_day, per_month = in_force(rule, day):match('^(%d*),(%d*)$')
    if not per_day then
        return nil
    end
    local g = granted_read(key, day)
    g.day_minutes = g.day_minutes + minutes
    g.month_minutes = g.month_minutes + minutes
    if per_day ~= '' and g.day_minutes > tonumber(per_day) then
        return nil, 'limits.organizer_minutes_per_day is ' .. per_day
    end
    if per_month ~= '' and g.month_minutes > tonumber(per_month) then
        return nil, 'limits.organizer_minutes_per_month is ' .. per_month
    end
    return g
end

-- what it will say when minutes that it counted on a day are taken back today;
-- nil when nothing changes
local function granted_without(key, day, minutes, today)
    if redis.call('EXISTS', key) == 0 then
        return nil
    end
    local g = granted_read(key, today)
    if day == today then
        g.day_minutes = math.max(g.day_minutes - minutes, 0)
    end
    if month_of(day) == g.month then
        g.month_minutes = math.max(g.month_minutes - minutes, 0)
    end
    return g
end

local function granted_write(key, g)
    redis.call('HSET', key, 'day', g.day, 'day_minutes', g.day_minutes,
               'month', g.month, 'month_minutes', g.month_minutes)
end
