--include account

-- The selection of outstanding volunteers.  A period is named by the year in
-- which it begins.  Those who apply in it are a sorted set at sl:PERIOD of
-- "STATE:VOLUNTEER", which is ordered by these; of a period whose list was
-- published the hash `selections` has the time.

local SELECTION_STATES = {'applied', 'shortlisted'}

-- The selection of a period, of the one that it is for ''; rule is
-- "FIRST,EVERY,STARS,TITLE".  Nil and a refusal where there is none.
local function selection_read(prefix, rule, thresholds, today, period)
    local first, every, stars, title = rule:match('^(%d+),(%d+),(%d+),(.*)$')
    first, every = tonumber(first), tonumber(every)
    local year = year_of(today)
    if not first or year < first then
        return nil, {'not-found', 'there is no selection'}
    end
    local s = {
        prefix = prefix, title = title, stars = tonumber(stars),
        points = points_of_stars(tonumber(stars), in_force(thresholds, today))
                 or POINTS_MAX,
        period = first + floor((year - first) / every) * every
    }
    if period ~= '' then
        period = tonumber(period)
        if period < first or period > s.period or (period - first) % every ~= 0
        then
            return nil, {'invalid-field', 'is not the first year of a period',
                         'period'}
        end
        s.period = period
    end
    s.last = s.period + every - 1
    s.key = prefix .. 'sl:' .. string.format('%d', s.period)
    local closed = prefix .. 'selections'
    s.published = natural(redis.call('HGET', closed, s.period), false, closed,
                          s.period)
    of_type(s.key, 'zset')
    return s
end

-- the state of a volunteer who applied, or false
local function selection_state(s, volunteer)
    for _, state in ipairs(SELECTION_STATES) do
        if redis.call('ZSCORE', s.key, state .. ':' .. volunteer) then
            return state
        end
    end
    return false
end

-- puts a volunteer in a state, or in none for false
local function selection_put(s, volunteer, old, state)
    if old then
        redis.call('ZREM', s.key, old .. ':' .. volunteer)
    end
    if state then
        redis.call('ZADD', s.key, 0, state .. ':' .. volunteer)
    end
end

-- why an account may not be selected, or nil
local function selection_bars(s, a)
    if a.frozen ~= 0 then
        return {'frozen'}
    end
    if a.earned < s.points then
        return {'stars-too-low', 'needs ' .. s.stars .. ' stars'}
    end
    return nil
end

-- Whose state is asked for by an id: who applied by it, or the account that
-- answers for it.
local function selection_of(s, id, a)
    local state = selection_state(s, id)
    if state or not a then
        return id, state
    end
    return a.id, selection_state(s, a.id)
end

-- one who applied as the end of a reply
local function selection_values(s, volunteer, state)
    return s.period, s.last, volunteer, state or false
end
