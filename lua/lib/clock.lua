-- The clock is Redis's own; days and years break at the rulebook's offset.

-- seconds since 1970 UTC
local function now()
    return tonumber(redis.call('TIME')[1])
end

-- days since 1970 in the rulebook's time zone
local function day_of(seconds, utc_offset)
    return math.floor((seconds + utc_offset) / 86400)
end

-- the Gregorian year of a day, counted in eras of 400 years from March
local function year_of(day)
    local shifted = day + 719468
    local era = math.floor(shifted / 146097)
    local d = shifted - era * 146097
    local y = math.floor((d - math.floor(d / 1460) + math.floor(d / 36524)
                          - math.floor(d / 146096)) / 365)
    d = d - (365 * y + math.floor(y / 4) - math.floor(y / 100))
    if d >= 306 then
        y = y + 1
    end
    return y + era * 400
end
