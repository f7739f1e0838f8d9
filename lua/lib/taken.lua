--include account
--include periods

-- What a volunteer has redeemed of an offer, and in a period, where that is
-- limited.

local UNLIMITED = {counted = ''}

-- What one redemption more will be counted as: nothing to write where there is
-- no limit; also the limit when one is reached.
local function taken_allow(a, o, redemptions, offer)
    if not o.per_person and redemptions == '' then
        return UNLIMITED
    end
    local taken = {}
    local counters = {}
    if o.per_person then
        local key = a.prefix .. 'p:' .. offer
        taken.key = key
        taken.count = natural(redis.call('HGET', key, a.id), 0, key, 'count')
                      + 1
        if taken.count > o.per_person then
            return nil, 'per_person is ' .. o.per_person
        end
        counters[1] = 'person'
    end
    local limit
    taken.periods = a.prefix .. 'r:' .. a.id
    taken.in_periods, limit = periods_allow(taken.periods, redemptions, offer,
                                            a.today)
    if limit then
        return nil, limit
    end
    for _, c in ipairs(taken.in_periods) do
        counters[#counters + 1] = c[1]
    end
    taken.counted = table.concat(counters, ',')
    return taken
end

local function taken_write(a, taken)
    if taken.count then
        redis.call('HSET', taken.key, a.id, taken.count)
    end
    if taken.periods then
        periods_write(taken.periods, taken.in_periods)
    end
end
