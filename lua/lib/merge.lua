--include account
--include places

-- Merging moves all figures of one account into another; the entries stay as
-- they are, and the one of the merge leads to those of the old account.  What
-- moved is kept in the entries, so that it can be taken out again exactly.

-- into one account, with those into the accounts that were merged into it
local MERGES_MAX = 50
-- bytes; as a text in a line of an import it has a backslash before each quote
local MERGE_TEXT = 50000

-- minutes served of each day
local function days_of(a)
    local key = a.prefix .. 'd:' .. a.id
    local days = {}
    local f = redis.call('HGETALL', key)
    for i = 1, #f, 2 do
        days[f[i]] = natural(f[i + 1], nil, key, f[i])
    end
    return days
end

-- what moves with an account
local function figures_of(a)
    local lots = {}
    for day, points in pairs(a.lots or {}) do
        if day > a.today then
            lots[tostring(day)] = points
        end
    end
    return {
        balance = a.balance, earned = a.earned, carry = a.carry,
        late = a.late, unspendable = a.unspendable, limited = a.limited or 0,
        years = years_of(a), days = days_of(a), lots = lots
    }
end

-- whether points that end are among what moved: lots may come to nothing
local function moved_limited(moved)
    return moved.limited ~= 0 or next(moved.lots)
end

-- Adds what moved to an account in memory, or takes it away with sign -1;
-- returns by how much its earned and its balance change: by a point more where
-- carried minutes make one together.
local function figures_add(a, moved, sign)
    local spend = (moved.carry - moved.late) % 60
    local spendable = (a.carry - a.late) % 60
    local all = a.carry + sign * moved.carry
    local earned = sign * moved.earned + math.floor(all / 60)
    local points = sign * moved.balance
                   + math.floor((spendable + sign * spend) / 60)

    a.carry = all % 60
    a.late = (a.late + sign * moved.late) % 60
    a.earned = a.earned + earned
    a.balance = a.balance + points
    a.unspendable = a.unspendable + sign * moved.unspendable
                    + earned - sign * moved.earned
                    - (points - sign * moved.balance)
    if a.limited or moved_limited(moved) then
        a.limited = (a.limited or 0) + sign * moved.limited
    end
    for year, sixtieths in pairs(moved.years) do
        account_year_add(a, tonumber(year), sign * sixtieths)
    end
    return earned, points
end

-- the days' minutes of an account with those that moved; nil when they don't
-- agree with what is there
local function days_add(a, moved, sign)
    local key = a.prefix .. 'd:' .. a.id
    local sums = {}
    for day, minutes in pairs(moved.days) do
        local n = natural(redis.call('HGET', key, day), 0, key, day)
                  + sign * minutes
        sums[day] = n >= 0 and n or corrupt(key, day)
    end
    return sums
end

local function days_write(a, sums)
    local key = a.prefix .. 'd:' .. a.id
    for day, minutes in pairs(sums) do
        if minutes > 0 then
            redis.call('HSET', key, day, minutes)
        else
            redis.call('HDEL', key, day)
        end
    end
end

-- ends the script unless what moves can be written to an account
local function moved_ready(a, moved)
    of_type(a.prefix .. 'd:' .. a.id, 'hash')
    for day in pairs(moved.lots) do
        account_lot_ready(a, day)
    end
end

-- the lots of what moved; those that ended meanwhile are not there any more
local function lots_add(a, moved, sign)
    for day, points in pairs(moved.lots) do
        if tonumber(day) > a.today then
            account_lot(a, tonumber(day), sign * points)
        end
    end
end

-- Marks the accounts through which one answers for a volunteer: an entry of
-- theirs was reversed, and their merge can't be undone any more.
local function merge_corrected(prefix, volunteer, account)
    while volunteer ~= account do
        local key = prefix .. 'v:' .. volunteer
        redis.call('HSET', key, 'corrected', 1)
        volunteer = redis.call('HGET', key, 'merged')
    end
end

-- how many merges an account's history leads through
local function merges_of(key)
    return natural(redis.call('HGET', key, 'merges'), 0, key, 'merges')
end

local function merges_write(key, merges)
    if merges > 0 then
        redis.call('HSET', key, 'merges', merges)
    else
        redis.call('HDEL', key, 'merges')
    end
end

-- The ids that were merged right into an account are in its hash: joined, with
-- commas between.

-- those ids, or nil
local function joined_of(key)
    local joined = redis.call('HGET', key, 'joined')
    return joined and id(joined, key, 'joined') or nil
end

local function joined_add(key, joined, old)
    redis.call('HSET', key, 'joined', joined and joined .. ',' .. old or old)
end

local function joined_remove(key, joined, old)
    local left = {}
    for other in (joined or ''):gmatch('[^,]+') do
        if other ~= old then
            left[#left + 1] = other
        end
    end
    if left[1] then
        redis.call('HSET', key, 'joined', table.concat(left, ','))
    else
        redis.call('HDEL', key, 'joined')
    end
end
