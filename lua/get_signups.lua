-- GET /activities/{activity}/signups: a page of those who have a place or wait,
-- in the order in which they signed up.
-- KEYS   activity order
-- ARGV   prefix activity limit after, role scope
-- reply  200, the sign-ups, next or false
-- or     not-found forbidden invalid-field(after)

--include signup

local PAGE = 20

local key, order = keys()
local prefix, activity, limit, after, role, scope = arguments()

local a = activity_read(prefix, activity)
if not a then
    return {'not-found'}
end
if not activity_reached(a, role, scope) then
    return {'forbidden'}
end
if after ~= '' and not (#after <= 15 and after:find('^%d+$')) then
    return {'invalid-field', 'is not the next of a page', 'after'}
end

limit = tonumber(limit) or PAGE
local found = redis.call('ZRANGEBYSCORE', order, '(' .. (tonumber(after) or 0),
                         '+inf', 'WITHSCORES', 'LIMIT', 0, limit + 1)
local page = {}

for i = 1, math.min(#found / 2, limit) do
    local volunteer = found[i * 2 - 1]
    local s = signup_read(a, volunteer) or corrupt(order, volunteer)
    page[i] = {activity, volunteer, signup_values(a, s, now())}
end

return {200, 0, page, #found / 2 > limit and found[limit * 2]}
