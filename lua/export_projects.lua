-- GET /export?what=projects, and what=registry: a page of projects by org, then
-- id.
-- KEYS   projects
-- ARGV   prefix after
-- reply  200, the projects, the last one's place, more

--include project

local PAGE = 200

local projects = keys()
local prefix, after = arguments()

local members = redis.call('ZRANGEBYLEX', projects,
                           after == '' and '-' or '(' .. after, '+',
                           'LIMIT', 0, PAGE)
local page = {}

for i, member in ipairs(members) do
    local project = member:match(':(.*)$')
    page[i] = {project_values(project, project_read(prefix .. 'j:' .. project)
                                       or corrupt(projects, member))}
end

return {200, 0, page, members[#members] or after, #members == PAGE and 1 or 0}
