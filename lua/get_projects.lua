-- GET /projects: a page of the projects of an org, or of all, by org and id.
-- KEYS   projects
-- ARGV   prefix org limit after
-- reply  200, the projects, next or false
-- or     invalid-field(after)

--include project

local PAGE = 20

local projects = keys()
local prefix, org, limit, after = arguments()

-- ";" comes behind ":"
local from, to = '-', '+'
if org ~= '' then
    from, to = '(' .. org .. ':', '(' .. org .. ';'
end
if after ~= '' then
    if not after:find('^[^:]*:[^:]+$')
        or org ~= '' and after:sub(1, #org + 1) ~= org .. ':'
    then
        return {'invalid-field', 'is not the next of a page', 'after'}
    end
    from = '(' .. after
end

limit = tonumber(limit) or PAGE
local members = redis.call('ZRANGEBYLEX', projects, from, to, 'LIMIT', 0,
                           limit + 1)
local page = {}

for i = 1, math.min(#members, limit) do
    local project = members[i]:match(':(.*)$')
    local key = prefix .. 'j:' .. project
    page[i] = {project_values(project, project_read(key)
                                       or corrupt(key, 'title'))}
end

return {200, 0, page, #members > limit and members[limit]}
