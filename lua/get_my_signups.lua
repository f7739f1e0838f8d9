-- GET /me/signups: a page of what the caller has signed up for, the last first.
-- KEYS   signups of the caller
-- ARGV   prefix user limit after
-- reply  200, the sign-ups with their activities, next or false
-- or     erased

--include signup
--include erased

local PAGE = 20

local key = keys()
local prefix, user, limit, after = arguments()

if is_erased(prefix, user) then
    return {'erased'}
end

limit = tonumber(limit) or PAGE
local members = redis.call('ZREVRANGEBYLEX', key,
                           after == '' and '+' or '(' .. after, '-', 'LIMIT',
                           0, limit + 1)
local page = {}

for i = 1, math.min(#members, limit) do
    local a = activity_read(prefix, members[i]:match(':(.+)$') or '')
              or corrupt(key, members[i])
    local s = signup_read(a, user) or corrupt(key, members[i])
    page[i] = {a.id, a.title, activity_state(a, now()), a.starts, a.ends,
               a.place, signup_values(a, s, now())}
end

return {200, 0, page, #members > limit and members[limit]}
