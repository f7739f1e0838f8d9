-- POST /activities/{activity}/cancel: it does not take place, or not any more.
-- What was earned stays.
-- KEYS   activity
-- ARGV   prefix activity, role scope
-- reply  200, the activity
-- or     not-found forbidden not-open

--include activity

local prefix, activity, role, scope = arguments()
local a, refusal = activity_managed(prefix, activity, role, scope)
if not a then
    return refusal
end
if a.state == 'closed' then
    return activity_not_open(a, now())
end
if a.state ~= 'cancelled' then
    activity_set_state(a, 'cancelled')
end

return {200, 0, activity_values(a, now(), true)}
