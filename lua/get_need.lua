-- GET /needs/{need}: all of it to whom it concerns, to others what is asked.
-- KEYS   need
-- ARGV   need, user role scope
-- reply  200, the need
-- or     not-found erased

--include need

local need, user, role, scope = arguments()
local n = need_now(keys(), need)

if not n then
    return {'not-found'}
end
if caller_erased(n.prefix, user, role) then
    return {'erased'}
end

return {200, 0, need_values(n, need_seen(n, user, role, scope))}
