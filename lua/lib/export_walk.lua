--include activity

-- All activities in one order, whatever their states: a page takes up behind a
-- place, which is the member of the last one's lists.  So one that is closed
-- while an export runs comes once.

local WALK_PAGE = 200

local WALK_STATES = {'draft', 'open', 'closed', 'cancelled'}

-- whether a text stands before another by its bytes, as it does in Redis: Lua
-- goes by the locale
local function stands_before(a, b)
    for i = 1, math.min(#a, #b) do
        local x, y = a:byte(i), b:byte(i)
        if x ~= y then
            return x < y
        end
    end
    return #a < #b
end

-- So many of the values of several lists, each in order, merged.
local function merged_first(lists, before, most)
    local merged, at = {}, {}
    for i = 1, #lists do
        at[i] = 1
    end
    while #merged < most do
        local first
        for i, list in ipairs(lists) do
            local value = list[at[i]]
            if value
                and (not first or before(value, lists[first][at[first]]))
            then
                first = i
            end
        end
        if not first then
            break
        end
        merged[#merged + 1] = lists[first][at[first]]
        at[first] = at[first] + 1
    end
    return merged
end

-- so many activities behind a place, by their members
local function activities_after(prefix, after, most)
    local lists = {}
    for i, state in ipairs(WALK_STATES) do
        lists[i] = redis.call('ZRANGEBYLEX', prefix .. 'al:' .. state,
                              after == '' and '-' or '(' .. after, '+',
                              'LIMIT', 0, most)
    end
    return merged_first(lists, stands_before, most)
end

-- the member of an activity, and the place inside it, of a form, where there is
-- one; or nil
local function walk_place(after, form)
    if after == '' then
        return '', false
    end
    local member, inside =
        after:match('^([01]:%d%d%d%d%d%d%d%d%d%d%d%d:[%w._-]+)(.*)$')
    local said = inside and inside:sub(2)
    if not member or inside ~= '' and not inside:find('^,' .. form .. '$')
        or #said > 15 and said:find('^%d+$')
    then
        return nil
    end
    return member, inside ~= '' and said
end

-- A page of what activities have.  read(a, place, items, most) puts items of
-- an activity behind a place on, until there are so many, and returns the place
-- to go on behind, of that form, or nil when there is no more.  The first is
-- behind ''.
local function walk_page(prefix, after, form, read)
    local place, inside = walk_place(after, form)
    if not place then
        return {'invalid-field', 'is not the after of an export', 'after'}
    end
    local members = activities_after(prefix, place, WALK_PAGE)
    local behind = #members
    if inside then
        table.insert(members, 1, place)
    end
    local items = {}
    for _, member in ipairs(members) do
        local a = activity_read(prefix, member:sub(16))
        if not a and inside then
            return {'invalid-field', 'is not the after of an export', 'after'}
        end
        local on = read(a or corrupt(prefix .. 'al', member), inside or '',
                        items, WALK_PAGE)
        if on then
            return {200, 0, items, member .. ',' .. on, 1}
        end
        place, inside = member, nil
        if #items >= WALK_PAGE then
            return {200, 0, items, place, 1}
        end
    end
    return {200, 0, items, place, behind == WALK_PAGE and 1 or 0}
end
