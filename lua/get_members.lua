-- GET /teams/{team}/members: a page of the members by id; a volunteer sees
-- those of a team that they lead.
-- KEYS   team
-- ARGV   prefix team limit after, user role scope
-- reply  200, the members, next or false
-- or     not-found erased forbidden

--include team
--include page
--include erased

local prefix, team, limit, after, user, role, scope = arguments()
local t = team_read(keys(), team)

if not t then
    return {'not-found'}
end
if role == 'volunteer' and is_erased(prefix, user) then
    return {'erased'}
end
if role == 'volunteer'
    and not (t.leader and same_person(prefix, t.leader, user))
    or not team_reached(prefix, t, role, scope)
then
    return {'forbidden'}
end

local ids, more = page_by_id(prefix .. 'tm:' .. team, nil, limit, after)

for i, volunteer in ipairs(ids) do
    ids[i] = {volunteer}
end

return {200, 0, ids, more}
