-- PUT /volunteers/{volunteer}: registers a volunteer, or replaces what the
-- portal says of one.
-- KEYS   account
-- ARGV   volunteer kind station teams tags free minor listed, role scope
-- shared utc_offset points_per_hour stars obligations
-- reply  201 or 200, the account
-- or     forbidden merged erased

--include register

local account_key = keys()
local volunteer, kind, station, teams, tags, free, minor, listed, role,
      scope = arguments()
local utc_offset, points_per_hour, stars, obligations = shared()

local today = today_at(utc_offset)
local a = account_read(account_key, volunteer, today)

if a and a.id ~= volunteer then
    return {'merged', 'it is now ' .. a.id, 'volunteer'}
end
if role == 'organizer' then
    local prefix = account_key:sub(1, -3 - #volunteer)
    if station == '' then
        station = scope
    end
    if not org_reaches(prefix, scope, station)
        or a and out_of_scope(role, scope, a)
    then
        return {'forbidden'}
    end
    local team = teams_out_of_reach(prefix, a and a.teams, teams, role, scope)
    if team then
        return {'forbidden', 'the team ' .. team .. ' is not in reach', 'teams'}
    end
end

local status = register(account_key, a, volunteer, kind, station, teams, tags,
                        free, minor, listed)

a = a or account_new(account_key, volunteer, today)
a.kind = kind
a.station = station ~= '' and station
a.teams = teams ~= '' and teams
a.tags = tags ~= '' and tags
a.free = free ~= '' and free
a.minor = minor == '1'
a.unlisted = listed == '0'

return {status, 0, account_values(a, points_per_hour, stars, obligations)}
