-- POST /activities/{activity}/publish: from now on people sign up.
-- KEYS   activity
-- ARGV   prefix activity, role scope
-- reply  200, the activity
-- or     not-found forbidden not-open too-late

--include activity

local prefix, activity, role, scope = arguments()
local a, refusal = activity_managed(prefix, activity, role, scope)
if not a then
    return refusal
end
if a.state == 'draft' then
    if now() >= a.ends then
        return {'too-late', 'the activity is over'}
    end
    activity_set_state(a, 'open')
elseif a.state ~= 'open' then
    return activity_not_open(a, now())
end

return {200, 0, activity_values(a, now(), true)}
