-- POST /activities/{activity}/close: it has taken place; its org counts it when
-- somebody has served.  Beneficiaries may be told as they were.
-- KEYS   activity
-- ARGV   prefix activity beneficiaries, role scope
-- shared utc_offset
-- reply  200, the activity
-- or     not-found forbidden not-open too-early

--include activity

local prefix, activity, beneficiaries, role, scope = arguments()
local utc_offset = shared()
local a, refusal = activity_managed(prefix, activity, role, scope)
if not a then
    return refusal
end
if a.state == 'closed' then
    return {200, 0, activity_values(a, now(), true)}
end
if a.state ~= 'open' then
    return activity_not_open(a, now())
end
if now() < a.starts then
    return {'too-early', 'the activity has not begun'}
end

local year = year_of(day_of(a.starts, utc_offset))
a.beneficiaries = tonumber(beneficiaries) or a.beneficiaries
count_ready(a, year)
activity_set_state(a, 'closed', 'closed', now(), 'beneficiaries',
                   a.beneficiaries)
if activity_countable(a) then
    activity_count(a, year)
end

return {200, 0, activity_values(a, now(), true)}
