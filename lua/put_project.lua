-- PUT /projects/{project}: a brand programme, or other facts of one.
-- KEYS   project projects
-- ARGV   prefix project title class org brand, role scope
-- shared project_classes
-- reply  201 or 200, the project
-- or     forbidden invalid-field(class, org)

--include project
--include fields
--include org

local key, projects = keys()
local prefix, project, title, class, org, brand, role, scope = arguments()
local classes = shared()

local p = project_read(key)

if role == 'organizer' then
    if org == '' then
        org = scope
    end
    if not org_reaches(prefix, scope, org)
        or p and not (p.org and org_reaches(prefix, scope, p.org))
    then
        return {'forbidden'}
    end
end
if classes ~= ''
    and not (',' .. classes .. ','):find(',' .. class .. ',', 1, true)
then
    return {'invalid-field', 'is no class of the rulebook', 'class'}
end
if org ~= '' and redis.call('HEXISTS', prefix .. 'g:' .. org, 'title') == 0 then
    return {'invalid-field', 'is no org', 'org'}
end
of_type(projects, 'zset')

local set, unset = {'title', title, 'class', class}, {}
put_field(set, unset, 'org', org)
put_field(set, unset, 'brand', brand ~= '0' and brand or '')
redis.call('HSET', key, unpack(set))
if p and unset[1] then
    redis.call('HDEL', key, unpack(unset))
end
if p and (p.org or '') ~= org then
    redis.call('ZREM', projects, (p.org or '') .. ':' .. project)
end
redis.call('ZADD', projects, 0, org .. ':' .. project)

return {p and 200 or 201, 0, project_values(project, project_read(key))}
