-- GET /activities: a page of activities, emergencies first, then by start.
-- Each filter has an index, in which an activity has the same name: a page
-- looks at SCAN of the shortest at most, and whether the others have them too,
-- so with more than one it may be short, or empty, with a next.  Open ones that
-- are over are passed by, unless these are asked for, or a day.
-- KEYS   al:open
-- ARGV   prefix org project tag day places state limit after, role scope
-- reply  200, the activities, next or false
-- or     forbidden invalid-field(state, after)

--include activity
--include bytes

local SCAN = 500
local CHUNK = 50            -- of these that are taken when more are wanted
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

local head = prefix .. 'al:' .. state
local lists = {}
for name, value in pairs({o = org, p = project, t = tag, d = day}) do
    if value ~= '' then
        lists[#lists + 1] = head .. ':' .. name .. ':' .. value
    end
end
if places == '1' and state == 'open' then
    lists[#lists + 1] = head .. ':f'
end

-- the shortest, and the others
index = lists[1] or head
local others, least = {}, lists[2] and redis.call('ZCARD', index)
for i = 2, #lists do
    local n = redis.call('ZCARD', lists[i])
    if n < least then
        others[#others + 1] = index
        index, least = lists[i], n
    else
        others[#others + 1] = lists[i]
    end
end

limit = tonumber(limit) or PAGE
local time = now()
local live = state == 'open' and not over and day == ''

-- whether one is over, or isn't, as is asked for; its end is read when its
-- start does not tell
local function timely(member)
    local starts = tonumber(member:sub(3, 14))
    if not (live or over) or starts > time then
        return not over
    elseif starts <= time - DAY_SECONDS then
        return over
    end
    local key = prefix .. 'a:' .. member:sub(16)
    return (natural(redis.call('HGET', key, 'ends'), nil, key, 'ends') <= time)
           == over
end

-- the activity of a member, unless it is none that is asked for
local function wanted(member)
    for _, list in ipairs(others) do
        if not redis.call('ZSCORE', list, member) then
            return nil
        end
    end
    if not timely(member) then
        return nil
    end
    local a = activity_read(prefix, member:sub(16)) or corrupt(index, member)
    return (places ~= '1' or activity_free(a)) and a or nil
end

-- where a group begins, behind the page before, and ends; none that takes place
-- now began more than a day ago, and none is over that has not begun
local function bounds_of(group)
    local from, to = '[' .. group .. ':', '(' .. group .. ';'
    if live then
        from = from .. string.format('%012d', time - DAY_SECONDS)
    elseif over then
        to = '(' .. group .. string.format(':%012d', time)
    end
    if bytes_before(from:sub(2), after) then
        from = '(' .. after
    end
    return from, to
end

local function page()
    local found, left, last = {}, SCAN, after
    for _, group in ipairs({'0', '1'}) do
        local from, to = bounds_of(group)
        local chunk = limit + 1
        repeat
            local members = redis.call('ZRANGEBYLEX', index, from, to, 'LIMIT',
                                       0, chunk)
            for _, member in ipairs(members) do
                if #found == limit or left == 0 then
                    return {200, 0, found, last}
                end
                local a = wanted(member)
                if a then
                    found[#found + 1] = {activity_values(a, time)}
                end
                left = left - 1
                last = member
            end
            from = '(' .. last
            local all = #members < chunk
            chunk = CHUNK
        until all
    end
    return {200, 0, found, false}
end

return same_reply(table.concat({org, project, tag, day, places, state,
                                over and 'over' or '', limit, after}, ' '),
                  page)
