-- GET /orgs/{org}: an org of the tree.
-- KEYS   org
-- ARGV   prefix org
-- reply  200, org, title, level, parent or false
-- or     not-found

--include org_values

local prefix, org = arguments()

if redis.call('HEXISTS', keys(), 'title') == 0 then
    return {'not-found'}
end

return {200, 0, org_values(prefix, org)}
