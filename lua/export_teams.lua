-- GET /export?what=teams, and what=registry: a page of teams by org, then id.
-- A leader who was erased is none, whether or not the erasure has come by.
-- KEYS   teams
-- ARGV   prefix after
-- reply  200, the teams, the last one's place, more

--include team
--include erased

local PAGE = 200

local teams = keys()
local prefix, after = arguments()

local members = redis.call('ZRANGEBYLEX', teams,
                           after == '' and '-' or '(' .. after, '+',
                           'LIMIT', 0, PAGE)
local page = {}

for i, member in ipairs(members) do
    local team = member:match(':(.*)$')
    local t = team_read(prefix .. 't:' .. team, team) or corrupt(teams, member)
    if t.leader and is_erased(prefix, t.leader) then
        t.leader = false
    end
    page[i] = {team_values(prefix, t)}
end

return {200, 0, page, members[#members] or after, #members == PAGE and 1 or 0}
