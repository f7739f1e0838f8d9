-- POST /selection/apply: a volunteer applies; who has already stays in their
-- state.
-- KEYS   account
-- ARGV   volunteer prefix
-- shared utc_offset stars selection
-- reply  200, the period's first and last year, volunteer, state
-- or     not-found frozen erased stars-too-low selection-closed

--include selection

local volunteer, prefix = arguments()
local utc_offset, stars, rule = shared()

local today = today_at(utc_offset)
local s, refusal = selection_read(prefix, rule, stars, today, '')
if not s then
    return refusal
end
local a = account_read(keys(), volunteer, today)
if not a then
    return {'not-found', 'there is no account'}
end

local id, state = selection_of(s, volunteer, a)
if not state then
    if s.published then
        return {'selection-closed'}
    end
    local bar = selection_bars(s, a)
    if bar then
        return bar
    end
    state = 'applied'
    selection_put(s, id, false, state)
end

return {200, 0, selection_values(s, id, state)}
