-- PUT /teams/{team}: a team of volunteers, or other facts of one.
-- KEYS   team teams
-- ARGV   prefix team title kind org leader, role scope
-- reply  201 or 200, team, title, kind, org or false, leader or false, members
-- or     forbidden erased(leader) invalid-field(org, leader)

--include team
--include fields
--include erased

local key, teams = keys()
local prefix, team, title, kind, org, leader, role, scope = arguments()

local t = team_read(key, team)
local members = prefix .. 'tm:' .. team

if role == 'organizer' then
    if org == '' then
        org = scope
    end
    if not org_reaches(prefix, scope, org)
        or t and not team_reached(prefix, t, role, scope)
    then
        return {'forbidden'}
    end
    -- whose account names it already are nobody's to take
    if not t and redis.call('EXISTS', members) == 1 then
        return {'forbidden', 'the team has members already'}
    end
end
of_type(members, 'zset')
if org ~= '' and redis.call('HEXISTS', prefix .. 'g:' .. org, 'title') == 0 then
    return {'invalid-field', 'is no org', 'org'}
end
if leader ~= ''
    and redis.call('HEXISTS', prefix .. 'v:' .. leader, 'kind') == 0
then
    return {'invalid-field', 'is no volunteer', 'leader'}
end

if leader ~= '' and is_erased(prefix, leader) then
    return {'erased', '', 'leader'}
end

local old = t and t.org or ''
of_type(teams, 'zset')
org_ready(prefix, old, 'teams')
org_ready(prefix, org, 'teams')

local set, unset = {'title', title, 'kind', kind}, {}
put_field(set, unset, 'org', org)
put_field(set, unset, 'leader', leader)
redis.call('HSET', key, unpack(set))
if t and unset[1] then
    redis.call('HDEL', key, unpack(unset))
end
if t and old ~= org then
    redis.call('ZREM', teams, old .. ':' .. team)
    org_add(old, 'teams', -1)
end
if not t or old ~= org then
    redis.call('ZADD', teams, 0, org .. ':' .. team)
    org_add(org, 'teams', 1)
end

return {t and 200 or 201, 0, team_values(prefix, team_read(key, team))}
