-- POST /selection/{volunteer}/shortlist: puts one who applied on the list, or
-- takes them off again.
-- KEYS   account
-- ARGV   volunteer shortlisted prefix
-- shared utc_offset stars selection
-- reply  200, the period's first and last year, volunteer, state
-- or     not-found frozen erased stars-too-low selection-closed

--include selection

local volunteer, shortlisted, prefix = arguments()
local utc_offset, stars, rule = shared()

local today = today_at(utc_offset)
local s, refusal = selection_read(prefix, rule, stars, today, '')
if not s then
    return refusal
end
local a = account_read(keys(), volunteer, today)
local id, old = selection_of(s, volunteer, a)
if not a or not old then
    return {'not-found', 'has not applied', 'volunteer'}
end

local state = shortlisted == '0' and 'applied' or 'shortlisted'
if state ~= old then
    if s.published then
        return {'selection-closed'}
    end
    local bar = state == 'shortlisted' and selection_bars(s, a)
    if bar then
        return bar
    end
    selection_put(s, id, old, state)
end

return {200, 0, selection_values(s, id, state)}
