-- A line of an import that is one who applied for a selection, in the state in
-- which they were.
-- KEYS   account
-- ARGV   period volunteer state prefix
-- shared utc_offset stars selection
-- reply  201, or 200, 1 when it is so already
-- or     not-found(volunteer) selection-closed invalid-field(period, volunteer,
--        state)

--include selection
--include restored

local period, volunteer, state, prefix = arguments()
local utc_offset, stars, rule = shared()

local s, refusal = selection_read(prefix, rule, stars, today_at(utc_offset),
                                  period)
if not s then
    return refusal
end
if state ~= SELECTION_STATES[1] and state ~= SELECTION_STATES[2] then
    return {'invalid-field', 'must be applied or shortlisted', 'state'}
end
if not account_exists(prefix, volunteer) then
    return {'not-found', '', 'volunteer'}
end
if is_erased(prefix, volunteer) then
    return {200, 1}
end
local there = selection_state(s, volunteer)
if there == state then
    return {200, 1}
end
if there then
    return {'invalid-field', CONTRADICTS, 'volunteer'}
end
if s.published then
    return {'selection-closed'}
end
selection_put(s, volunteer, false, state)

return {201, 0}
