-- GET /activities/{activity}/shares: a page of what was told of it, newest first.
-- What is hidden its organizers see, and what minors told; such a page looks at
-- SCAN shares at most and may be short, or empty, with a next.
-- KEYS   activity
-- ARGV   prefix activity limit after, user role scope
-- reply  200, the shares, next or false
-- or     not-found invalid-field(after)

--include share
--include erased

local SCAN = 200
local PAGE = 20

local prefix, activity, limit, after, user, role, scope = arguments()

local a = activity_read(prefix, activity)
if not a then
    return {'not-found'}
end
if after ~= '' and not after:find('^%d%d%d%d%d%d%d%d%d%d%d%d:') then
    return {'invalid-field', 'is not the next of a page', 'after'}
end

local all = role == 'admin' or role == 'auditor'
            or role == 'organizer' and activity_reached(a, role, scope)

-- whether the caller may see it
local function shown(s)
    return (all or s.volunteer == user
            or not s.hidden
               and not redis.call('HGET', prefix .. 'v:' .. s.volunteer,
                                  'minor'))
           and not is_erased(prefix, s.volunteer)
end

limit = tonumber(limit) or PAGE
local found = redis.call('ZREVRANGEBYLEX', shares_list(a),
                         after == '' and '+' or '(' .. after, '-',
                         'LIMIT', 0, SCAN + 1)
local page, last = {}, false

for i, member in ipairs(found) do
    if #page == limit or i > SCAN then
        return {200, 0, page, last}
    end
    local s = share_read(a, member:sub(14))
    if not s or share_member(s) ~= member then
        corrupt(shares_list(a), member)
    end
    if shown(s) then
        page[#page + 1] = {share_values(a, s)}
    end
    last = member
end

return {200, 0, page, false}
