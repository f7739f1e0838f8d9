-- GET /teams: a page of the teams of an org, or of those of none, by id.
-- KEYS   teams
-- ARGV   prefix org limit after
-- reply  200, the teams, next or false

--include team
--include page

local prefix, org, limit, after = arguments()
local ids, more = page_by_id(keys(), org, limit, after)

for i, team in ipairs(ids) do
    local key = prefix .. 't:' .. team
    local t = team_read(key, team) or corrupt(key, 'title')
    ids[i] = {team_values(prefix, t)}
end

return {200, 0, ids, more}
