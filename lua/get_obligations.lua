-- GET /reports/obligations: a page of the volunteers whose kind owes points a
-- year and who lack some, by org and id; of an org and those below it, or of
-- all.  Behind the orgs come those who are at no registered one, in the order
-- in which they came.  A page looks at SCAN accounts and ORGS orgs at most, and
-- may be short, or empty, with a next.
-- KEYS   orgs volunteers
-- ARGV   prefix org year kind limit after, role scope
-- shared utc_offset obligations
-- reply  200, year, the volunteers, next or false
-- or     not-found(org) forbidden invalid-field(after)

--include account
--include bytes
--include org_walk

local PAGE = 20
local SCAN = 500
local CHUNK = 10            -- members of an org that are taken at least
local ORGS = 100

local orgs, volunteers = keys()
local prefix, root, year, kind, limit, after, role, scope = arguments()
local utc_offset, obligations = shared()

local refusal
root, refusal = report_root(prefix, root, role, scope)
if not root then
    return refusal
end

-- what was owed at the end of a year that is over
local today = today_at(utc_offset)
year = tonumber(year) or year_of(today)
local owing = in_force(obligations, math.min(today, day_number(year, 12, 31)))
local figure = 'y' .. year

local owed = {}
for _, name in ipairs({'cadre', 'general', 'student'}) do
    local points = owed_by(name, owing)
    if points > 0 and (kind == '' or kind == name) then
        owed[name] = points
        owed[#owed + 1] = name
    end
end

local page, looked = {}, 0
limit = tonumber(limit) or PAGE

-- one who lacks points comes on the page
local function look(volunteer, name, station, earned)
    if owed[name] > earned then
        page[#page + 1] = {volunteer, name, station, earned,
                           owed[name] - earned}
    end
end

-- Some of an org behind an id, by id, and the last of them, or nil when there
-- are no more.
local function members_of(org, behind)
    local members, last = {}, nil
    local most = math.max(limit - #page + 1, CHUNK)
    for _, name in ipairs(owed) do
        local found = redis.call('ZRANGEBYLEX', prefix .. 'gv:' .. org,
                                 '(' .. org_member(name, behind),
                                 '(' .. name .. ';', 'LIMIT', 0, most)
        for i, member in ipairs(found) do
            local volunteer = member:sub(#name + 2)
            members[#members + 1] = {volunteer, name}
            -- of another kind there may be more behind it
            if i == most and (not last or bytes_before(volunteer, last)) then
                last = volunteer
            end
        end
    end
    table.sort(members, function(a, b)
        return bytes_before(a[1], b[1])
    end)
    return members, last
end

-- Those of an org behind an id; where the next page begins, or nil.
local function look_at_org(org, behind)
    local members, last
    repeat
        members, last = members_of(org, behind)
        for _, m in ipairs(members) do
            if last and bytes_before(last, m[1]) then
                break
            end
            local key = prefix .. 'v:' .. m[1]
            if #page == limit or looked == SCAN then
                return org .. ':' .. behind
            end
            looked = looked + 1
            behind = m[1]
            look(behind, m[2], org,
                 floor(natural(redis.call('HGET', key, figure), 0, key, figure)
                       / 60))
        end
    until not last
    return looked == SCAN and org .. ':' .. behind or nil
end

local registered = {}

local function is_registered(org)
    if registered[org] == nil then
        registered[org] = redis.call('HEXISTS', prefix .. 'g:' .. org,
                                     'title') == 1
    end
    return registered[org]
end

-- the same for those at none, behind a place in the list of all
local function look_at_rest(place)
    while #page < limit and looked < SCAN do
        local ids = redis.call('LRANGE', volunteers, place,
                               place + math.min(SCAN - looked, 50) - 1)
        if not ids[1] then
            return nil
        end
        for _, volunteer in ipairs(ids) do
            if #page == limit then
                break
            end
            local key = prefix .. 'v:' .. volunteer
            local f = redis.call('HMGET', key, 'kind', 'station', 'merged',
                                 figure, 'erased')
            place = place + 1
            looked = looked + 1
            if owed[f[1] or corrupt(key, 'kind')] and not f[3]
                and not f[5]
                and not (f[2] and is_registered(id(f[2], key, 'station')))
            then
                look(volunteer, f[1], f[2],
                     floor(natural(f[4], 0, key, figure) / 60))
            end
        end
    end
    return ':' .. place
end

local org, behind = after:match('^([^:]*):([^:]*)$')
if after ~= ''
    and (not org or org == '' and (root ~= '' or not behind:find('^%d+$')
                                   or #behind > 12)
         or org ~= '' and not org_within(prefix, root, org))
then
    return {'invalid-field', 'is not the next of a page', 'after'}
end
if not owed[1] then
    return {200, 0, year, page, false}
end

of_type(orgs, 'zset')
if after == '' then
    org = root ~= '' and root or org_below(prefix, '', '') or ''
    behind = org ~= '' and '' or '0'
end

local visited, next_page = 0, nil
while org ~= '' and not next_page do
    next_page = look_at_org(org, behind)
    if not next_page then
        visited = visited + 1
        org = org_next(prefix, org, root) or ''
        behind = org ~= '' and '' or '0'
        if org ~= '' and visited == ORGS then
            next_page = org .. ':'
        end
    end
end
if org == '' and root == '' then
    next_page = look_at_rest(tonumber(behind))
end

return {200, 0, year, page, next_page or false}
