-- PUT /orgs/{org}: an org of the tree, or another title or place for one.  What
-- lies below it moves with it, and so do its figures.
-- KEYS   org orgs
-- ARGV   prefix org title parent, role scope
-- reply  201 or 200, org, title, level, parent or false
-- or     forbidden invalid-field(parent)

--include org_values
--include fields

local key, orgs = keys()
local prefix, org, title, parent, role, scope = arguments()

local old_parent = org_parent(prefix, org)
local f = redis.call('HMGET', key, 'title', 'level')
local known = f[1]

if role == 'organizer'
    and (parent == '' or not org_reaches(prefix, scope, parent)
         or known and not org_reaches(prefix, scope, org))
then
    return {'forbidden'}
end
-- whose station was so called before are nobody's to take
if role == 'organizer' and not known and org ~= scope
    and redis.call('EXISTS', key, prefix .. 'gv:' .. org) > 0
then
    return {'forbidden', 'there is something of that name already'}
end

local depth = 1
if parent ~= '' then
    local above = redis.call('HMGET', prefix .. 'g:' .. parent, 'title',
                             'level')
    if not above[1] then
        return {'invalid-field', 'is no org', 'parent'}
    end
    for i, level in ipairs(ORG_LEVELS) do
        if level == above[2] then
            depth = i + 1
        end
    end
    if depth > #ORG_LEVELS then
        return {'invalid-field', 'is a station', 'parent'}
    end
end
local level = ORG_LEVELS[depth]
if known and f[2] ~= level then
    return {'invalid-field', 'would make a ' .. level .. ' of a ' .. f[2],
            'parent'}
end

of_type(orgs, 'zset')

-- its figures, which its place in the tree changes
local moves = not known or old_parent ~= (parent ~= '' and parent)
local figures = {}
if moves then
    for figure, n in pairs(fields_of(redis.call('HGETALL', key))) do
        if org_figure(figure) then
            figures[figure] = integer(n, nil, key, figure)
            org_ready(prefix, old_parent, figure)
            org_ready(prefix, parent, figure)
        end
    end
end

redis.call('HSET', key, 'title', title, 'level', level)
if moves then
    for figure, n in pairs(figures) do
        org_add(old_parent, figure, 0 - n)
        org_add(parent, figure, n)
    end
    if old_parent or known then
        redis.call('ZREM', orgs, (old_parent or '') .. ':' .. org)
    end
    redis.call('ZADD', orgs, 0, parent .. ':' .. org)
    if parent ~= '' then
        redis.call('HSET', key, 'parent', parent)
    end
end

return {known and 200 or 201, 0, org, title, level, parent ~= '' and parent}
