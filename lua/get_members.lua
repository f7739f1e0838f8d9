-- GET /teams/{team}/members: a page of the members by id; a volunteer sees those
-- of a team that they lead.
-- KEYS   team
-- ARGV   prefix team limit after, user role scope
-- reply  200, the members, next or false
-- or     not-found forbidden

--include team

local PAGE = 20

local prefix, team, limit, after, user, role, scope = arguments()
local t = team_read(keys(), team)

if not t then
    return {'not-found'}
end
if role == 'volunteer' and t.leader ~= user
    or not team_reached(prefix, t, role, scope)
then
    return {'forbidden'}
end

limit = tonumber(limit) or PAGE
local ids = redis.call('ZRANGEBYLEX', prefix .. 'tm:' .. team,
                       after == '' and '-' or '(' .. after, '+', 'LIMIT', 0,
                       limit + 1)
local page = {}

for i = 1, math.min(#ids, limit) do
    page[i] = {ids[i]}
end

return {200, 0, page, #ids > limit and ids[limit]}
