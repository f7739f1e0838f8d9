-- GET /reports/commendations: a page of those who reached a star in a year: of
-- the district by points, or of an org and those below it by org and points;
-- behind them those on no leaderboard.  A page looks at SCAN accounts and ORGS
-- orgs at most, and may be short, or empty, with a next.
-- KEYS   orgs
-- ARGV   prefix org year stars limit after, role scope
-- shared utc_offset stars
-- reply  200, year, the volunteers, next or false
-- or     not-found(org) forbidden invalid-field(stars, after)

--include account
--include board_page
--include org_walk

local PAGE = 20
local SCAN = 500
local ORGS = 100
local HIDDEN = ','          -- before an org: those of it who are on no board

local orgs = keys()
local prefix, root, year, wanted, limit, after, role, scope = arguments()
local utc_offset, thresholds = shared()

local refusal
root, refusal = report_root(prefix, root, role, scope)
if not root then
    return refusal
end

-- by the rules at the end of a year that is over
local today = today_at(utc_offset)
year = tonumber(year) or year_of(today)
thresholds = in_force(thresholds, math.min(today, day_number(year, 12, 31)))
wanted = tonumber(wanted)
local least = points_of_stars(wanted or 1, thresholds)
if not least then
    return {'invalid-field', 'is a tier that there is not', 'stars'}
end

local page, looked = {}, 0
limit = tonumber(limit) or PAGE

-- What an account had earned by the end of the year, and in it, may have made
-- it reach a star.
local function look(volunteer)
    local key = prefix .. 'v:' .. volunteer
    local f = redis.call('HMGET', key, 'earned', 'carry', 'station', 'frozen')
    local station = f[3] and id(f[3], key, 'station')
    if f[4] == '1' then
        return
    end
    local sixtieths = natural(f[1], nil, key, 'earned') * 60
                      + natural(f[2], 0, key, 'carry')
    local of_year = 0
    for other, n in pairs(years_of({key = key})) do
        if tonumber(other) > year then
            sixtieths = sixtieths - n
        elseif tonumber(other) == year then
            of_year = n
        end
    end
    local earned = floor(sixtieths / 60)
    local stars = stars_of(earned, thresholds)
    local before = stars_of(floor((sixtieths - of_year) / 60), thresholds)
    if stars > before
        and (not wanted or before < wanted and wanted <= stars)
    then
        page[#page + 1] = {volunteer, station, stars, before, earned,
                           floor(of_year / 60)}
    end
end

-- Those of an org behind a place, or those of it who are hidden; where the next
-- page begins, or nil.
local function look_at(hidden, org, points, behind)
    local board = hidden ~= '' and hidden_key(prefix, org)
                  or board_key(prefix, '', org)
    while true do
        local found = board_page(board, math.max(least, 1), points, behind, 100)
        for _, item in ipairs(found) do
            if #page == limit or looked == SCAN then
                return hidden .. org .. ':' .. (points or '') .. ':'
                       .. (behind or '')
            end
            looked = looked + 1
            behind, points = item[1], item[2]
            look(behind)
        end
        if #found < 100 then
            return nil
        end
    end
end

local hidden, org, points, behind =
    after:match('^(,?)([^:,]*):(%d*):([%w._-]*)$')
if after ~= '' and (not org or #points > 13
                    or (points == '') ~= (behind == '')
                    or (org == '') ~= (root == '')
                    or org ~= '' and not org_within(prefix, root, org))
then
    return {'invalid-field', 'is not the next of a page', 'after'}
end
of_type(orgs, 'zset')
if after == '' then
    hidden, org, points, behind = '', root, '', ''
end
points = tonumber(points)
behind = points and behind

local visited, next_page = 0, nil
while org and not next_page do
    next_page = look_at(hidden, org, points, behind)
    if not next_page then
        visited = visited + 1
        org = org ~= '' and org_next(prefix, org, root) or nil
        if not org and hidden == '' then
            hidden, org = HIDDEN, root
        end
        points, behind = nil, nil
        if org and visited == ORGS then
            next_page = hidden .. org .. '::'
        end
    end
end

return {200, 0, year, page, next_page or false}
