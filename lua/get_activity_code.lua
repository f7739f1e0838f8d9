-- GET /activities/{activity}/code: what the organizer's screen shows now.
-- KEYS   activity
-- ARGV   prefix activity, role scope
-- reply  200, activity, code, when it changes
-- or     not-found forbidden not-open

--include activity
--include totp

local prefix, activity, role, scope = arguments()
local a, refusal = activity_managed(prefix, activity, role, scope)
if not a then
    return refusal
end
if a.state ~= 'open' then
    return activity_not_open(a, now())
end

local step = floor(now() / CODE_STEP)

return {200, 0, activity, code_at(a.secret, step), (step + 1) * CODE_STEP}
