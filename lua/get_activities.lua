-- GET /activities: a page of activities, emergencies first, then by start.  One
-- filter has an index; a page looks at SCAN activities of that at most, so with
-- more of them it may be short, or empty, with a next.  Those that are over are
-- passed by, unless a day is asked for.
-- KEYS   al:open
-- ARGV   prefix org project tag day places state limit after, role scope
-- reply  200, the activities, next or false
-- or     forbidden invalid-field(state, after)

--include activity

local SCAN = 500
local PAGE = 20

local index = keys()
local prefix, org, project, tag, day, places, state, limit, after, role,
      scope = arguments()

if state == '' then
    state = 'open'
end
if not ACTIVITY_STATES[state] then
    return {'invalid-field', 'must be draft, open, closed or cancelled',
            'state'}
end
if state == 'draft' then
    if role == 'organizer' then
        org = org ~= '' and org or scope
    end
    if role ~= 'admin' and role ~= 'auditor'
        and not (role == 'organizer' and org_reaches(prefix, scope, org))
    then
        return {'forbidden'}
    end
end
if after ~= '' and not after:find('^[01]:%d%d%d%d%d%d%d%d%d%d%d%d:') then
    return {'invalid-field', 'is not the next of a page', 'after'}
end

index = prefix .. 'al:' .. state
if project ~= '' then
    index = index .. ':p:' .. project
elseif day ~= '' then
    index = index .. ':d:' .. day
elseif org ~= '' then
    index = index .. ':o:' .. org
elseif tag ~= '' then
    index = index .. ':t:' .. tag
elseif places == '1' and state == 'open' then
    index = index .. ':f'
end

local time = now()
local live = state == 'open' and day == ''

local function has(list, value)
    return (',' .. (list or '') .. ','):find(',' .. value .. ',', 1, true)
end

local function wanted(a)
    return (org == '' or a.org == org)
           and (tag == '' or has(a.tags, tag))
           and (day == '' or has(a.days, day))
           and (places ~= '1' or activity_free(a))
           and (not live or a.ends > time)
end

limit = tonumber(limit) or PAGE
local page, next_page = {}, false
local last = after          -- the one that was looked at last
local left = SCAN

-- emergencies, then the others; none that takes place now began before a day
for _, group in ipairs({'0:', '1:'}) do
    local from = '[' .. group
    if live then
        from = from .. string.format('%012d', time - DAY_SECONDS)
    end
    if after > from:sub(2) then
        from = '(' .. after
    end
    local members = left > 0 and not next_page
                    and redis.call('ZRANGEBYLEX', index, from,
                                   '(' .. group:sub(1, 1) .. ';', 'LIMIT', 0,
                                   left + 1) or {}
    for i, member in ipairs(members) do
        if #page == limit or i > left then
            next_page = last
            break
        end
        local a = activity_read(prefix, member:sub(16))
                  or corrupt(index, member)
        if wanted(a) then
            page[#page + 1] = {activity_values(a, time)}
        end
        last = member
    end
    left = left - #members
end

return {200, 0, page, next_page}
