-- GET /needs: a page of needs, newest first: those of a state at an org and
-- below it, those that a resident asked for, or those that a volunteer took.
-- Of a resident or a volunteer it looks at SCAN of them at most, so a page may
-- be short, or empty, with a next.
-- KEYS   due
-- ARGV   prefix org state resident volunteer limit after, user role scope
-- reply  200, the needs, next or false
-- or     forbidden erased invalid-field(org, volunteer, after)

--include need

local SCAN = 200
local PAGE = 20

local due = keys()
local prefix, org, state, resident, volunteer, limit, after, user, role,
      scope = arguments()

if caller_erased(prefix, user, role) then
    return {'erased'}
end
if resident ~= '' and volunteer ~= '' then
    return {'invalid-field', 'does not go with resident', 'volunteer'}
end
local of_person = resident .. volunteer
if org ~= '' and of_person ~= '' then
    return {'invalid-field', 'does not go with resident or volunteer', 'org'}
end
if org == '' and of_person == '' then
    if role == 'volunteer' then
        resident, of_person = user, user
    elseif role == 'organizer' then
        org = scope
    end
end
if role == 'volunteer' and of_person ~= '' and of_person ~= user then
    return {'forbidden'}
end

local index = resident ~= '' and 'nr:' .. resident
              or volunteer ~= '' and 'nw:' .. volunteer
if not index then
    state = state ~= '' and state or 'open'
    index = 'nl:' .. state .. ':' .. org
end
index = prefix .. index

local from = '+inf'
if after ~= '' then
    from = need_place(after)
    if not from then
        return {'invalid-field', 'is not the next of a page', 'after'}
    end
    from = '(' .. from
end

of_type(due, 'zset')
needs_touch(prefix)

limit = tonumber(limit) or PAGE
local most = of_person ~= '' and SCAN or limit + 1
local ids = redis.call('ZREVRANGEBYSCORE', index, from, '-inf', 'LIMIT', 0,
                       most)
local page = {}
local next_page = #ids == most and ids[most]

for i, need in ipairs(ids) do
    if #page == limit then
        next_page = ids[i - 1]
        break
    end
    local n = need_now(prefix .. 'n:' .. need, need) or corrupt(index, need)
    local seen = need_seen(n, user, role, scope)
    if (state == '' or n.state == state) and (seen or of_person == '') then
        page[#page + 1] = {need_values(n, seen)}
    end
end

return {200, 0, page, next_page}
