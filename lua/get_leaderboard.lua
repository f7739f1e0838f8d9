-- GET /leaderboard: who has earned most, in a year or of all time, of the
-- district or of an org and those below it.
-- KEYS   orgs
-- ARGV   prefix org year limit
-- reply  200, year or false, the leaders
-- or     not-found(org) invalid-field(org)

--include board
--include bytes
--include org

local PAGE = 20
local ORGS = 2000           -- whose boards are looked at for one
local MANY = 100            -- with more of them the district's board is tried
local NEAR = 200            -- those of it that are looked at

local orgs = keys()
local prefix, root, year, limit = arguments()
limit = tonumber(limit) or PAGE

-- those of a board from a place on: {points below zero, volunteer, org, place}
local function leaders_of(org, place, count)
    local key = board_key(prefix, year, org)
    local found = redis.call('ZRANGE', key, place, place + count - 1,
                             'WITHSCORES')
    local leaders = {}
    for i = 1, #found, 2 do
        leaders[#leaders + 1] = {
            integer(found[i + 1], nil, key, found[i]),
            id(found[i], key, 'volunteer'), org, place + #leaders
        }
    end
    return leaders
end

local function before(a, b)
    return a[1] < b[1] or a[1] == b[1] and bytes_before(a[2], b[2])
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

-- The first of some orgs: the first of the firsts, and behind that one comes
-- the next of its org.
local function leaders_among(list, count)
    local heads, leaders = {}, {}
    for _, org in ipairs(list) do
        heads[#heads + 1] = leaders_of(org, 0, 1)[1]
    end
    table.sort(heads, before)
    while heads[1] and #leaders < count do
        local leader = table.remove(heads, 1)
        leaders[#leaders + 1] = leader
        local following = leaders_of(leader[3], leader[4] + 1, 1)[1]
        if following then
            local i = 1
            while heads[i] and before(heads[i], following) do
                i = i + 1
            end
            table.insert(heads, i, following)
        end
    end
    return leaders
end

-- The first of an org and those below it, when they are found among the first
-- of the district; or nil.
local function leaders_near(org, count)
    local found = {}
    for _, leader in ipairs(leaders_of('', 0, NEAR)) do
        local key = prefix .. 'v:' .. leader[2]
        local station = redis.call('HGET', key, 'station')
        if station and org_reaches(prefix, org, id(station, key, 'station'))
        then
            found[#found + 1] = leader
            if #found == count then
                return found
            end
        end
    end
    return nil
end

local leaders

if root == '' then
    leaders = leaders_of('', 0, limit)
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

    leaders = #list > MANY and leaders_near(root, limit)
              or leaders_among(list, limit)
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
