-- GET /leaderboard: who has earned most, in a year or of all time, of the
-- district or of an org and those below it.
-- KEYS   orgs
-- ARGV   prefix org year limit
-- reply  200, year or false, the leaders
-- or     not-found(org) invalid-field(org)

--include board
--include org

local PAGE = 20
local ORGS = 2000           -- whose boards are looked at for one

local orgs = keys()
local prefix, root, year, limit = arguments()
limit = tonumber(limit) or PAGE

-- the first of a board, as {points below zero, volunteer, org}
local function leaders_of(org, count)
    local key = board_key(prefix, year, org)
    local found = redis.call('ZRANGE', key, 0, count - 1, 'WITHSCORES')
    local leaders = {}
    for i = 1, #found, 2 do
        leaders[#leaders + 1] = {
            integer(found[i + 1], nil, key, found[i]),
            id(found[i], key, 'volunteer'), org
        }
    end
    return leaders
end

local function before(a, b)
    return a[1] < b[1] or a[1] == b[1] and a[2] < b[2]
end

-- an org and those below it; false when they are too many
local function orgs_of(list, org, level)
    list[#list + 1] = org
    if #list > ORGS then
        return false
    end
    if level < #ORG_LEVELS then
        for _, member in ipairs(redis.call('ZRANGEBYLEX', orgs,
                                           '(' .. org .. ':',
                                           '(' .. org .. ';', 'LIMIT', 0,
                                           ORGS)) do
            if not orgs_of(list, member:sub(#org + 2), level + 1) then
                return false
            end
        end
    end
    return true
end

local leaders

if root == '' then
    leaders = leaders_of('', limit)
else
    if redis.call('EXISTS', prefix .. 'g:' .. root, prefix .. 'gv:' .. root)
        == 0
    then
        return {'not-found', 'there is no such org', 'org'}
    end
    local list = {}
    if not orgs_of(list, root, 1) then
        return {'invalid-field', 'has more than ' .. ORGS .. ' orgs below it',
                'org'}
    end

    -- who is among the first of all is so among the first of an org whose own
    -- first is among the first
    local firsts = {}
    for _, org in ipairs(list) do
        firsts[#firsts + 1] = leaders_of(org, 1)[1]
    end
    table.sort(firsts, before)
    leaders = {}
    for i = 1, math.min(#firsts, limit) do
        for _, leader in ipairs(leaders_of(firsts[i][3], limit)) do
            leaders[#leaders + 1] = leader
        end
    end
    table.sort(leaders, before)
end

-- those with as many points have the same rank
local page, rank = {}, 0
for i = 1, math.min(#leaders, limit) do
    local points = 0 - leaders[i][1]
    if i == 1 or points ~= page[i - 1][3] then
        rank = i
    end
    page[i] = {rank, leaders[i][2], points}
end

return {200, 0, tonumber(year) or false, page}
