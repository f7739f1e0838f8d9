-- GET /activities/{activity}/signups: a page of those who have a place or wait,
-- in the order in which they signed up.  With a state a page looks at SCAN of
-- them at most and may be short, or empty, with a next; so may that of an
-- organizer, who does not see those who were erased.
-- KEYS   activity order
-- ARGV   prefix activity state limit after, role scope
-- reply  200, the sign-ups, next or false
-- or     not-found forbidden invalid-field(state, after)

--include signup
--include erased

local SCAN = 500
local PAGE = 20

local key, order = keys()
local prefix, activity, state, limit, after, role, scope = arguments()

local a, refusal = activity_managed(prefix, activity, role, scope)
if not a then
    return refusal
end
if state ~= '' and state ~= 'unconfirmed' and not SIGNUP_STATES[state] then
    return {'invalid-field',
            'must be placed, waiting, present, unconfirmed or served', 'state'}
end
if after ~= '' and not (#after <= 15 and after:find('^%d+$')) then
    return {'invalid-field', 'is not the next of a page', 'after'}
end

limit = tonumber(limit) or PAGE
local most = state == '' and limit or SCAN
local found = redis.call('ZRANGEBYSCORE', order, '(' .. (tonumber(after) or 0),
                         '+inf', 'WITHSCORES', 'LIMIT', 0, most + 1)
local page, last = {}, false

for i = 1, #found, 2 do
    if #page == limit or i > most * 2 then
        return {200, 0, page, last}
    end
    local volunteer = found[i]
    local s = signup_read(a, volunteer) or corrupt(order, volunteer)
    if (state == '' or signup_state(a, s, now()) == state)
        and (role ~= 'organizer' or not is_erased(prefix, volunteer))
    then
        page[#page + 1] = {activity, volunteer, signup_values(a, s, now())}
    end
    last = found[i + 1]
end

return {200, 0, page, false}
