--include check
--include clock
--include entry_text

-- The tree of orgs: a centre, street centres below it, stations below these.
-- An org is a hash at g:ORG of title, level, parent and of its figures, which
-- are those of all below it too; by year as well, "minutes2026".  One without a
-- title is not registered: a volunteer's station was so called, and its figures
-- are kept for when it is.  The volunteers of an org, not of those below, are
-- a sorted set at gv:ORG of "KIND:VOLUNTEER", which is ordered by these.

local ORG_LEVELS = {'centre', 'street', 'station'}

-- the figures, each of all time and by year
local ORG_FIGURES = {'volunteers', 'teams', 'activities', 'minutes', 'points',
                     'beneficiaries'}

-- whether a field of an org is a figure
local function org_figure(field)
    local name = field:match('^(%l+)%d*$')
    for _, figure in ipairs(ORG_FIGURES) do
        if figure == name then
            return true
        end
    end
    return false
end

local orgs_known = {}           -- what a batch has read and added to, by org

-- An org: its key, the org above or false, and sums, what was added to each of
-- these figures, which must be such.
local function org_read(prefix, org, ...)
    local key = prefix .. 'g:' .. org
    local f = redis.call('HMGET', key, 'parent', ...)
    local o = orgs_known[org] or {key = key, sums = {}}
    o.parent = f[1] and id(f[1], key, 'parent')
    for i = 1, select('#', ...) do
        local figure = select(i, ...)
        integer(f[i + 1], 0, key, figure)
        o.sums[figure] = o.sums[figure] or 0
    end
    orgs_known[org] = o
    return o
end

-- the org above, or false
local function org_parent(prefix, org)
    return (orgs_known[org] or org_read(prefix, org)).parent
end

-- an org and those above it
local function org_line(prefix, org)
    local line = {}
    while org do
        if #line == #ORG_LEVELS then
            corrupt(prefix .. 'g:' .. org, 'parent')
        end
        line[#line + 1] = org
        org = org_parent(prefix, org)
    end
    return line
end

-- whether an org is the one that a role is bound to, or below it
local function org_reaches(prefix, scope, org)
    for _, above in ipairs(org_line(prefix, org)) do
        if above == scope then
            return true
        end
    end
    return false
end

-- Ends the script unless figures, by name, of an org and of those above it can
-- be counted in.  A batch looks at each once; no org is "" or absent.
local function org_ready(prefix, org, ...)
    local depth = 0
    while org and org ~= '' do
        local o = orgs_known[org]
        local known = o
        for i = 1, select('#', ...) do
            known = known and o.sums[select(i, ...)]
        end
        o = known and o or org_read(prefix, org, ...)
        depth = depth + 1
        if depth == #ORG_LEVELS and o.parent then
            corrupt(o.key, 'parent')
        end
        org = o.parent
    end
end

local orgs_added

local function orgs_write(known)
    for _, o in pairs(known) do
        for figure, n in pairs(o.sums) do
            if n ~= 0 then
                redis.call('HINCRBY', o.key, figure, digits[n])
            end
        end
    end
end

-- Adds to a figure of an org and of those above it, which are ready for it;
-- they are written when all calls of a batch are done.
local function org_add(org, figure, n)
    if not orgs_added then
        orgs_added = true
        later(orgs_write, orgs_known)
    end
    while org and org ~= '' do
        local o = orgs_known[org]
        o.sums[figure] = o.sums[figure] + n
        org = o.parent
    end
end

-- the same for what an entry with that org counts in: minutes and points, of
-- all time and of the year of its day
local function org_earned_ready(prefix, org, on)
    local year = year_of(on)
    org_ready(prefix, org, 'minutes', 'points', 'minutes' .. year,
              'points' .. year)
end

local function org_earned(org, on, minutes, points)
    local year = year_of(on)
    org_add(org, 'minutes', minutes)
    org_add(org, 'minutes' .. year, minutes)
    org_add(org, 'points', points)
    org_add(org, 'points' .. year, points)
end

local function org_member(kind, volunteer)
    return kind .. ':' .. volunteer
end

-- Ends the script unless a volunteer can come to an org, or leave it.  Who
-- comes to one before anything else is written need not ask for its type.
local function org_member_ready(prefix, org, first)
    if org and org ~= '' then
        if not first then
            of_type_once(prefix .. 'gv:' .. org, 'zset')
        end
        org_ready(prefix, org, 'volunteers')
    end
end

-- A volunteer comes to an org, or leaves it.
local function org_join(prefix, org, kind, volunteer)
    if org and org ~= '' then
        org_add(org, 'volunteers',
                redis.call('ZADD', prefix .. 'gv:' .. org, '0',
                           org_member(kind, volunteer)))
    end
end

local function org_leave(prefix, org, kind, volunteer)
    if org and org ~= '' then
        org_add(org, 'volunteers',
                0 - redis.call('ZREM', prefix .. 'gv:' .. org,
                               org_member(kind, volunteer)))
    end
end
