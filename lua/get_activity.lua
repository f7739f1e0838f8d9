-- GET /activities/{activity}: an occasion of service.
-- KEYS   activity
-- ARGV   prefix activity, role scope
-- reply  200, the activity
-- or     not-found

--include activity

local prefix, activity, role, scope = arguments()
local a = activity_read(prefix, activity)

if not a or not activity_shown(a, role, scope) then
    return {'not-found'}
end

return {200, 0, activity_values(a, now(), true)}
