-- GET /needs/{need}/candidates: the volunteers whom it suits best, of the orgs
-- that it is offered at so far.  It looks at no more than ORGS orgs and PEOPLE
-- volunteers of each level of the tree, those with its tags who were called
-- least first, then others by chance, so that nobody is always passed over.
-- KEYS   need
-- ARGV   prefix need limit, user role scope
-- reply  200, the candidates
-- or     not-found forbidden need-STATE

--include match
--include tagged

local PAGE = 20
local ORGS = 64
local PEOPLE = 200
local TAGGED = 20               -- of one tag and org
local OTHERS = 50               -- of one org

local prefix, need, limit, user, role, scope = arguments()
local n = need_now(keys(), need)

if not n then
    return {'not-found'}
end
if not need_seen(n, user, role, scope) then
    return {'forbidden'}
end
if n.state ~= 'open' then
    return need_refusal(n)
end

local seen, found, left = {}, {}, 0

local function look(volunteer)
    if seen[volunteer] or left == 0 then
        return
    end
    seen[volunteer] = true
    left = left - 1
    local key = prefix .. 'v:' .. volunteer
    local f = redis.call('HMGET', key, 'kind', 'station', 'tags', 'free',
                         'frozen', 'merged', 'called')
    if not f[1] then
        corrupt(key, 'kind')
    end
    local station = f[2] and id(f[2], key, 'station')
    local distance = station and match_distance(prefix, n.station, station)
    if f[5] or f[6] or not distance
        or is_person(prefix, n.resident, volunteer)
    then
        return
    end
    local tags, common = match_tags(n.tags, f[3] and id(f[3], key, 'tags'))
    local free = match_free(f[4] and id(f[4], key, 'free'), n.on)
    local called = natural(f[7], 0, key, 'called')
    found[#found + 1] = {
        rank = match_rank(distance, common, free, called, volunteer),
        volunteer, station, distance, tags,
        free ~= nil and (free and 1 or 0), called
    }
end

local function look_tagged(org, most)
    for tag in (n.tags or ''):gmatch('[^,]+') do
        for _, volunteer in ipairs(redis.call('ZRANGE',
            tagged_key(prefix, org, tag), 0, most - 1))
        do
            look(volunteer)
        end
    end
end

local function look_others(org)
    local key = prefix .. 'gv:' .. org
    local members
    if redis.call('ZCARD', key) <= OTHERS then
        members = redis.call('ZRANGE', key, 0, -1)
    else
        members = redis.call('ZRANDMEMBER', key, OTHERS)
    end
    for _, member in ipairs(members) do
        look(member:match('^%l+:(.+)$') or corrupt(key, member))
    end
end

-- an org and those below it, the nearest first
local function orgs_of(top)
    local orgs, i = {top}, 1
    while orgs[i] and #orgs < ORGS do
        for _, member in ipairs(redis.call('ZRANGEBYLEX', prefix .. 'orgs',
            '(' .. orgs[i] .. ':', '(' .. orgs[i] .. ';', 'LIMIT', 0,
            ORGS - #orgs))
        do
            orgs[#orgs + 1] = member:sub(#orgs[i] + 2)
        end
        i = i + 1
    end
    return orgs
end

-- level by level, as far as the need has come
local line = org_line(prefix, n.station)
local visited = {}
for level, top in ipairs(line) do
    left = PEOPLE
    local orgs = orgs_of(top)
    if level == #line then
        look_tagged('', PEOPLE)
    end
    for _, f in ipairs({look_tagged, look_others}) do
        for _, org in ipairs(orgs) do
            if not visited[org] and left > 0 then
                f(org, TAGGED)
            end
        end
    end
    for _, org in ipairs(orgs) do
        visited[org] = true
    end
    if top == n.scope then
        break
    end
end

return {200, 0, match_best(found, tonumber(limit) or PAGE)}
