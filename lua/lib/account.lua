--include check

-- the account at key, or nil; year is the one whose figure is wanted
local function account_read(key, year)
    local f = redis.call('HMGET', key, 'kind', 'balance', 'earned', 'carry',
                         'frozen', 'station', 'teams', 'tags', 'y' .. year)
    if not f[1] then
        return absent(key, 'kind')
    end
    return {
        kind = f[1]:find('^%l+$') and f[1] or corrupt(key, 'kind'),
        balance = integer(f[2], nil, key, 'balance'),
        earned = natural(f[3], nil, key, 'earned'),
        carry = natural(f[4], 0, key, 'carry'),
        frozen = natural(f[5], 0, key, 'frozen'),
        station = f[6] and id(f[6], key, 'station'),
        teams = f[7] and id(f[7], key, 'teams'),
        tags = f[8] and id(f[8], key, 'tags'),
        year = year,
        year_earned = integer(f[9], 0, key, 'y' .. year)
    }
end

-- adds points to the figure of any year, in a too when it is a's; returns it
local function account_year_add(key, a, year, points)
    if year == a.year then
        a.year_earned = a.year_earned + points
        return a.year_earned
    end
    local field = 'y' .. year
    return integer(redis.call('HGET', key, field), 0, key, field) + points
end

-- the stars of a lifetime's points, the next tier and what it still needs
local function stars_of(earned, thresholds)
    local stars = 0
    for threshold in thresholds:gmatch('%d+') do
        local need = threshold - earned
        if need > 0 then
            return stars, stars + 1, need
        end
        stars = stars + 1
    end
    return stars, false, false
end

-- puts the account behind what reply holds; carry is in sixtieths of a point
local function account_reply(reply, volunteer, a, points_per_hour, thresholds,
                             obligations)
    local stars, next_stars, need = stars_of(a.earned, thresholds)
    local owes = tonumber(obligations:match(a.kind .. '=(%d+)')) or 0
    local n = #reply
    reply[n + 1] = volunteer
    reply[n + 2] = a.kind
    reply[n + 3] = a.balance
    reply[n + 4] = a.earned
    reply[n + 5] = stars
    reply[n + 6] = next_stars
    reply[n + 7] = need
    reply[n + 8] = math.floor(a.carry / points_per_hour)
    reply[n + 9] = a.year
    reply[n + 10] = a.year_earned
    reply[n + 11] = math.max(owes - math.max(a.year_earned, 0), 0)
    reply[n + 12] = a.frozen
    reply[n + 13] = a.station
    reply[n + 14] = a.teams
    reply[n + 15] = a.tags
    return reply
end

-- an organizer reaches the volunteers of their own station, and those who
-- have none yet
local function out_of_scope(role, scope, a)
    return role == 'organizer' and a.station and a.station ~= scope
end
