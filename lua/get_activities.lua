-- GET /activities: a page of activities, emergencies first, then by start.  One
-- filter has an index; a page looks at SCAN activities of that at most, so with
-- more of them it may be short, or empty, with a next.  Open ones that are over
-- are passed by, unless these are asked for, or a day.
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

local over = state == 'over'
if state == '' or over then
    state = 'open'
end
if not ACTIVITY_STATES[state] then
    return {'invalid-field',
            'must be draft, open, over, closed or cancelled', 'state'}
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

limit = tonumber(limit) or PAGE
local time = now()
local live = state == 'open' and not over and day == ''

local function has(list, value)
    return (',' .. (list or '') .. ','):find(',' .. value .. ',', 1, true)
end

local function wanted(a)
    return (org == '' or a.org == org)
           and (tag == '' or has(a.tags, tag))
           and (day == '' or has(a.days, day))
           and (places ~= '1' or activity_free(a))
           and (not live or a.ends > time)
           and (not over or a.ends <= time)
end

-- members of a group, behind the page before; none that takes place now began
-- more than a day ago, and none is over that has not begun
local function members_of(group, most)
    local from, to = '[' .. group .. ':', '(' .. group .. ';'
    if live then
        from = from .. string.format('%012d', time - DAY_SECONDS)
    elseif over then
        to = '(' .. group .. string.format(':%012d', time)
    end
    if after > from:sub(2) then
        from = '(' .. after
    end
    return redis.call('ZRANGEBYLEX', index, from, to, 'LIMIT', 0, most)
end

local function page()
    local found, left, last = {}, SCAN, after
    for _, group in ipairs({'0', '1'}) do
        for _, member in ipairs(members_of(group, left + 1)) do
            if #found == limit or left == 0 then
                return {200, 0, found, last}
            end
            local a = activity_read(prefix, member:sub(16))
                      or corrupt(index, member)
            if wanted(a) then
                found[#found + 1] = {activity_values(a, time)}
            end
            left = left - 1
            last = member
        end
    end
    return {200, 0, found, false}
end

return same_reply(table.concat({org, project, tag, day, places, state,
                                over and 'over' or '', limit, after}, ' '),
                  page)
