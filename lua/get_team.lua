-- GET /teams/{team}: a team of volunteers.
-- KEYS   team
-- ARGV   prefix team
-- reply  200, team, title, kind, org or false, leader or false, members
-- or     not-found

--include team

local prefix, team = arguments()
local t = team_read(keys(), team)

if not t then
    return {'not-found'}
end

return {200, 0, team_values(prefix, t)}
