-- GET /orgs/{org}: an org of the tree.
-- KEYS   org
-- ARGV   prefix org
-- reply  200, org, title, level, parent or false
-- or     not-found

--include org_values

local values = {org_values(arguments())}

return values[1] and {200, 0, unpack(values)} or {'not-found'}
