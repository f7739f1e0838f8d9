-- GET /teams: a page of the teams of an org, or of those of none, by id.
-- KEYS   teams
-- ARGV   prefix org limit after
-- reply  200, the teams, next or false

--include team

local PAGE = 20

local teams = keys()
local prefix, org, limit, after = arguments()

limit = tonumber(limit) or PAGE
-- ";" comes behind ":"
local ids = redis.call('ZRANGEBYLEX', teams, '(' .. org .. ':' .. after,
                       '(' .. org .. ';', 'LIMIT', 0, limit + 1)
local page = {}

for i = 1, math.min(#ids, limit) do
    ids[i] = ids[i]:sub(#org + 2)
    local key = prefix .. 't:' .. ids[i]
    local t = team_read(key, ids[i]) or corrupt(key, 'title')
    page[i] = {team_values(prefix, t)}
end

return {200, 0, page, #ids > limit and ids[limit]}
