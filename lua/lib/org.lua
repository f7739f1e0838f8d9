--include check
--include clock

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

local org_parents = {}

-- the org above, or false
local function org_parent(prefix, org)
    local parent = org_parents[org]
    if parent == nil then
        local key = prefix .. 'g:' .. org
        parent = redis.call('HGET', key, 'parent')
        parent = parent and id(parent, key, 'parent')
        org_parents[org] = parent
    end
    return parent
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

local org_figures_seen = {}

-- Ends the script unless figures, by name, of an org and of those above it can
-- be counted in.  A batch looks at each once; no org is "" or absent.
local function org_ready(prefix, org, ...)
    if not org or org == '' then
        return
    end
    for _, above in ipairs(org_line(prefix, org)) do
        for _, figure in ipairs({...}) do
            local seen = above .. ' ' .. figure
            if not org_figures_seen[seen] then
                local key = prefix .. 'g:' .. above
                integer(redis.call('HGET', key, figure), 0, key, figure)
                org_figures_seen[seen] = true
            end
        end
    end
end

local orgs_added

local function orgs_write(prefix)
    for org, figures in pairs(orgs_added) do
        for figure, n in pairs(figures) do
            if n ~= 0 then
                redis.call('HINCRBY', prefix .. 'g:' .. org, figure, n)
            end
        end
    end
end

-- Adds to a figure of an org and of those above it; they are written when all
-- calls of a batch are done.
local function org_add(prefix, org, figure, n)
    if not org or org == '' or n == 0 then
        return
    end
    if not orgs_added then
        orgs_added = {}
        later(orgs_write, prefix)
    end
    for _, above in ipairs(org_line(prefix, org)) do
        local figures = orgs_added[above] or {}
        orgs_added[above] = figures
        figures[figure] = (figures[figure] or 0) + n
    end
end

-- the same for what an entry with that org counts in: minutes and points, of
-- all time and of the year of its day
local function org_earned_ready(prefix, org, on)
    local year = year_of(on)
    org_ready(prefix, org, 'minutes', 'points', 'minutes' .. year,
              'points' .. year)
end

local function org_earned(prefix, org, on, minutes, points)
    local year = year_of(on)
    org_add(prefix, org, 'minutes', minutes)
    org_add(prefix, org, 'minutes' .. year, minutes)
    org_add(prefix, org, 'points', points)
    org_add(prefix, org, 'points' .. year, points)
end

local function org_member(kind, volunteer)
    return kind .. ':' .. volunteer
end

-- ends the script unless a volunteer can come to an org, or leave it
local function org_member_ready(prefix, org)
    if org and org ~= '' then
        of_type_once(prefix .. 'gv:' .. org, 'zset')
        org_ready(prefix, org, 'volunteers')
    end
end

-- A volunteer comes to an org, or leaves it.
local function org_join(prefix, org, kind, volunteer)
    if org and org ~= '' then
        org_add(prefix, org, 'volunteers',
                redis.call('ZADD', prefix .. 'gv:' .. org, 0,
                           org_member(kind, volunteer)))
    end
end

local function org_leave(prefix, org, kind, volunteer)
    if org and org ~= '' then
        org_add(prefix, org, 'volunteers',
                0 - redis.call('ZREM', prefix .. 'gv:' .. org,
                               org_member(kind, volunteer)))
    end
end
