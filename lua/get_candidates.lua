-- GET /needs/{need}/candidates: the volunteers whom it suits best, of the orgs
-- that it is offered at so far.  It looks at no more than PEOPLE volunteers and
-- ORGS orgs of each level of the tree, a like share of each org: those with its
-- tags who were called least first, then others by chance, so that nobody is
-- always passed over.
-- KEYS   need
-- ARGV   prefix need limit, user role scope
-- reply  200, the candidates
-- or     not-found forbidden need-accepted need-done need-confirmed
--        need-withdrawn need-expired

--include match
--include tagged

local PAGE = 20
local ORGS = 64
local PEOPLE = 100
local SHARE = 2                 -- the least share of an org

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

local _, ntags = (n.tags or ''):gsub('[^,]+', '')
local resident = n.resident and answering(prefix, n.resident)
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
    if f[5] or f[6] or not distance or volunteer == resident then
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

-- those of an org with each tag, as many as their share of most
local function look_tagged(org, most)
    most = math.max(math.ceil(most / math.max(ntags, 1)), SHARE)
    for tag in (n.tags or ''):gmatch('[^,]+') do
        for _, volunteer in ipairs(redis.call('ZRANGE',
            tagged_key(prefix, org, tag), 0, most - 1))
        do
            look(volunteer)
        end
    end
end

local function look_others(org, most)
    local key = prefix .. 'gv:' .. org
    for _, member in ipairs(redis.call('ZRANDMEMBER', key, most)) do
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
    local new = {}
    -- each need begins with another, should they not all have their share
    local first = entry_place(n.id) % #orgs
    for i = 1, #orgs do
        local org = orgs[(first + i) % #orgs + 1]
        if not visited[org] then
            new[#new + 1] = org
            visited[org] = true
        end
    end
    if level == #line then
        look_tagged('', PEOPLE)
    else
        for _, org in ipairs(new) do
            look_tagged(org, PEOPLE / #new)
        end
    end
    for i, org in ipairs(new) do
        if left > 0 then
            look_others(org, math.ceil(left / (#new - i + 1)))
        end
    end
    if top == n.scope then
        break
    end
end

return {200, 0, match_best(found, tonumber(limit) or PAGE)}
