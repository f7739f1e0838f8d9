-- The clock is Redis's own; days and years break at the rulebook's offset.

local time_now

-- seconds since 1970 UTC, the same for all calls of a batch
local function now()
    time_now = time_now or tonumber(redis.call('TIME')[1])
    return time_now
end

local floor = math.floor

-- days since 1970 in the rulebook's time zone
local function day_of(seconds, utc_offset)
    return floor((seconds + utc_offset) / 86400)
end

local day_now

-- the day that it is, for all calls of a batch
local function today_at(utc_offset)
    day_now = day_now or day_of(now(), utc_offset)
    return day_now
end

-- The Gregorian year, month and day of the month of a day, counted in eras of
-- 400 years from March.
local function date_of(day)
    local shifted = day + 719468
    local era = floor(shifted / 146097)
    local d = shifted - era * 146097
    local y = floor((d - floor(d / 1460) + floor(d / 36524)
                     - floor(d / 146096)) / 365)
    d = d - (365 * y + floor(y / 4) - floor(y / 100))
    y = y + era * 400
    local m = floor((5 * d + 2) / 153)
    d = d - floor((153 * m + 2) / 5) + 1
    if m < 10 then
        return y, m + 3, d
    end
    return y + 1, m - 9, d
end

local year_by_day = {}

local function year_of(day)
    local year = year_by_day[day] or date_of(day)
    year_by_day[day] = year
    return year
end

-- The day of a date; of 29 February in a year without one it is 1 March.
local function day_number(y, m, d)
    if m < 3 then
        y = y - 1
        m = m + 12
    end
    return 365 * y + floor(y / 4) - floor(y / 100)
           + floor(y / 400) + floor((153 * (m - 3) + 2) / 5)
           + d - 1 - 719468
end

-- the second with which a day begins
local function day_start(day, utc_offset)
    return day * 86400 - utc_offset
end
