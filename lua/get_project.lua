-- GET /projects/{project}: a programme that activities belong to.
-- KEYS   project
-- ARGV   project
-- reply  200, the project
-- or     not-found

--include project

local project = arguments()
local p = project_read(keys())

if not p then
    return {'not-found'}
end

return {200, 0, project_values(project, p)}
