-- POST /selection/withdraw: a volunteer who applied does so no longer.
-- KEYS   account
-- ARGV   volunteer prefix
-- shared utc_offset stars selection
-- reply  200, the period's first and last year, volunteer, false
-- or     not-found erased selection-closed

--include selection

local volunteer, prefix = arguments()
local utc_offset, stars, rule = shared()

local today = today_at(utc_offset)
local s, refusal = selection_read(prefix, rule, stars, today, '')
if not s then
    return refusal
end
local id, state = selection_of(s, volunteer,
                               account_read(keys(), volunteer, today))
if state then
    if s.published then
        return {'selection-closed'}
    end
    selection_put(s, id, state, false)
end

return {200, 0, selection_values(s, id, false)}
