--include check

-- Who has earned most: sorted sets of volunteers at lb:YEAR:ORG, of the
-- district and of each org by itself, of each year and of all time.  A score is
-- points below zero, so that the first is who has most, and of several with as
-- many the one whose id comes first.  All with any points are in there, for
-- whoever is first may lose points.
--
-- Minors, those who want no place and those who are frozen are in lh and in
-- lh:ORG instead, by points of all time, which no list shows.  Who was merged
-- or erased is nowhere.

local function board_key(prefix, year, org)
    return prefix .. 'lb:' .. year .. ':' .. org
end

-- the place of those who are hidden, of an org or of the district for ''
local function hidden_key(prefix, org)
    return prefix .. (org == '' and 'lh' or 'lh:' .. org)
end

-- whether an account may be on a leaderboard
local function board_shows(a)
    return a.frozen == 0 and not a.minor and not a.unlisted
end

-- calls f with the key of each board of an account, and its points there
local function boards_each(a, f)
    local orgs = {'', a.station or nil}
    for _, org in ipairs(orgs) do
        f(board_key(a.prefix, '', org), a.earned)
        for year, sixtieths in pairs(a.years) do
            f(board_key(a.prefix, year, org), math.floor(sixtieths / 60))
        end
    end
end

-- the same for where it is hidden
local function hidden_each(a, f)
    f(hidden_key(a.prefix, ''), a.earned)
    if a.station then
        f(hidden_key(a.prefix, a.station), a.earned)
    end
end

local function board_ready(key)
    of_type_once(key, 'zset')
end

-- ends the script unless an account's place on all its boards can be written
local function boards_ready(a)
    hidden_each(a, board_ready)
    boards_each(a, board_ready)
end

local function board_put(key, volunteer, points)
    if points > 0 then
        redis.call('ZADD', key, 0 - points, volunteer)
    else
        redis.call('ZREM', key, volunteer)
    end
end

-- writes what an account has earned, of all time and of its years
local function boards_write(a)
    if a.erased == 1 or a.told then
        return
    end
    local each = board_shows(a) and boards_each or hidden_each
    each(a, function(key, points)
        board_put(key, a.id, points)
    end)
end

-- The account leaves all boards; its years must be all that it has.
local function boards_leave(a)
    local function leave(key)
        redis.call('ZREM', key, a.id)
    end
    hidden_each(a, leave)
    boards_each(a, leave)
end

-- all years' figures of an account, for one that comes to boards or leaves them
local function years_of(a)
    local years = {}
    local f = redis.call('HGETALL', a.key)
    for i = 1, #f, 2 do
        local year = f[i]:match('^y(%d+)$')
        if year then
            years[year] = natural(f[i + 1], nil, a.key, f[i])
        end
    end
    return years
end

-- what an account is on its boards, with all its years
local function board_place(a)
    return {
        id = a.id, prefix = a.prefix, station = a.station, earned = a.earned,
        years = years_of(a), frozen = a.frozen, minor = a.minor,
        unlisted = a.unlisted, erased = a.erased, told = a.told
    }
end
