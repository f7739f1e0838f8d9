-- GET /export?what=selections, and what=registry: a page of those who applied,
-- by period, state and id.
-- KEYS   selections
-- ARGV   prefix after
-- shared utc_offset
-- reply  200, the volunteers, the last one's place, more
-- or     invalid-field(after)

--include check
--include clock

local PAGE = 200
local FIRST = 1970          -- the first year that a period may begin with

local closed = keys()
local prefix, after = arguments()
local utc_offset = shared()

local year, member = FIRST, ''
if after ~= '' then
    year, member = after:match('^(%d%d%d%d):(%l*:?[%w._-]*)$')
    if not year then
        return {'invalid-field', 'is not the after of an export', 'after'}
    end
    year = tonumber(year)
end

local page = {}

for period = year, year_of(today_at(utc_offset)) do
    local key = prefix .. 'sl:' .. string.format('%d', period)
    local left = PAGE - #page
    local found = redis.call('ZRANGEBYLEX', key,
                             member == '' and '-' or '(' .. member, '+',
                             'LIMIT', 0, left)
    local published = found[1]
                      and natural(redis.call('HGET', closed, period), false,
                                  closed, period)
    for _, applied in ipairs(found) do
        local state, volunteer = applied:match('^(%l+):(.+)$')
        page[#page + 1] = {period, id(volunteer, key, applied), state,
                           published}
    end
    year, member = period, found[#found] or member
    if #found == left then
        return {200, 0, page, string.format('%04d:', year) .. member, 1}
    end
    if period < year_of(today_at(utc_offset)) then
        member = ''
    end
end

return {200, 0, page, string.format('%04d:', year) .. member, 0}
