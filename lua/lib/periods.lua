--include check
--include clock
--include rules

-- How often a volunteer redeems in a day, month, quarter or year, of all offers
-- and of one: a hash at key of "day" or "day OFFER" -> "PERIOD COUNT".

-- the period's number that a day lies in
local function period_of(name, day)
    if name == 'day' then
        return day
    end
    local y, m = date_of(day)
    if name == 'month' then
        return y * 12 + m
    end
    return name == 'quarter' and y * 4 + math.floor((m + 2) / 3) or y
end

-- the field of a counter, "day" or "offer-day", and the name of its period
local function period_field(counter, offer)
    local name = counter:match('^offer%-(%l+)$')
    if name then
        return name .. ' ' .. offer, name
    end
    return counter, counter
end

-- what a counter says of the period a day lies in
local function period_count(key, field, name, day)
    local value = redis.call('HGET', key, field)
    if not value then
        return 0
    end
    local period, count = value:match('^(%d+) (%d+)$')
    if not period or #period > 12 or #count > 12 then
        corrupt(key, field)
    end
    return tonumber(period) == period_of(name, day) and tonumber(count) or 0
end

-- The counters that a redemption goes into by the rule, "day=1,offer-year=2",
-- as a hash of what they will be; or nil and the limit that was reached.
local function periods_allow(key, rule, offer, day)
    local counted = {}
    for counter, most in in_force(rule, day):gmatch('([%l-]+)=(%d+)') do
        local field, name = period_field(counter, offer)
        local count = period_count(key, field, name, day) + 1
        if count > tonumber(most) then
            return nil, 'limits.' .. (counter == name and '' or 'offer_')
                        .. 'redemptions_per_' .. name .. ' is ' .. most
        end
        counted[#counted + 1] = {counter, field,
                                 period_of(name, day) .. ' ' .. count}
    end
    return counted
end

-- the same counters without a redemption of that day that went into them
local function periods_without(key, counters_of, offer, day)
    local counted = {}
    for counter in counters_of:gmatch('[%l-]+') do
        if counter ~= 'person' then
            local field, name = period_field(counter, offer)
            local count = period_count(key, field, name, day) - 1
            if count >= 0 then
                counted[#counted + 1] = {counter, field, count > 0 and
                    period_of(name, day) .. ' ' .. count}
            end
        end
    end
    return counted
end

local function periods_write(key, counted)
    for _, c in ipairs(counted) do
        if c[3] then
            redis.call('HSET', key, c[2], c[3])
        else
            redis.call('HDEL', key, c[2])
        end
    end
end
