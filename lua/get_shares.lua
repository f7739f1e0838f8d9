-- GET /activities/{activity}/shares: a page of what was told of it, newest
-- first. What is hidden its organizers see, and what minors told; such a page
-- looks at SCAN shares at most and may be short, or empty, with a next, which
-- names nobody: "SECOND:NUMBER", of the last share looked at and of its
-- sign-up.
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

-- where a page begins, or nil when that is none; a place stays one when what
-- was told there is erased
local function place_of(next_page)
    local second, number = next_page:match('^(%d+):(%d+)$')
    if not second or #second > 12 or #number > 15 then
        return nil
    end
    local volunteer = redis.call('ZRANGEBYSCORE', order_key(a), number, number,
                                 'LIMIT', 0, 1)[1]
    local s = volunteer and share_read(a, volunteer)
    local at = tonumber(second)
    if s and s.at ~= at
        or not s and not (volunteer and is_erased(prefix, volunteer))
    then
        return nil
    end
    return '(' .. share_member({at = at, volunteer = volunteer})
end

local function next_of(s)
    return digits[s.at] .. ':'
           .. digits[natural(redis.call('ZSCORE', order_key(a), s.volunteer),
                             nil, order_key(a), s.volunteer)]
end

local place = after == '' and '+' or place_of(after)
if not place then
    return {'invalid-field', 'is not the next of a page', 'after'}
end

local all = role == 'admin' or role == 'auditor'
            or role == 'organizer' and activity_reached(a, role, scope)

-- whether the caller may see it
local function shown(s)
    return (all or same_person(prefix, s.volunteer, user)
            or not s.hidden and not is_minor(prefix, s.volunteer))
           and not is_erased(prefix, s.volunteer)
end

limit = tonumber(limit) or PAGE
local found = redis.call('ZREVRANGEBYLEX', shares_list(a), place, '-',
                         'LIMIT', 0, SCAN + 1)
local page, last = {}, nil

for i, member in ipairs(found) do
    if #page == limit or i > SCAN then
        return {200, 0, page, next_of(last)}
    end
    local s = share_read(a, member:sub(14))
    if not s or share_member(s) ~= member then
        corrupt(shares_list(a), member)
    end
    if shown(s) then
        page[#page + 1] = {share_values(a, s)}
    end
    last = s
end

return {200, 0, page, false}
