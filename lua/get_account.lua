-- GET /volunteers/{volunteer}, GET /me: an account, as a portal's page shows it
-- too.
-- KEYS   account
-- ARGV   volunteer, role scope
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the account
-- or     not-found forbidden erased

--include account

local volunteer, role, scope = arguments()
local utc_offset, points_per_hour, stars, obligations = shared()

local a = account_read(keys(), volunteer, today_at(utc_offset),
                       sees_erased(role))

if not a then
    return {'not-found'}
end
if out_of_scope(role, scope, a) then
    return {'forbidden'}
end

return {200, 0, account_values(a, points_per_hour, stars, obligations)}
