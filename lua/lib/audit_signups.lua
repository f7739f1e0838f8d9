--include audit
--include signup
--include entry

-- Who signed up for an activity is in its lists, and who served has the entry
-- of these hours.  An activity of many is looked at page by page.

local SIGNUPS_PAGE = 100
local SIGNUPS_FEW = 16          -- that are looked at at once

local function signup_compare(a, b, volunteer, text)
    local s = signup_parse(b, volunteer, text)
    local lists = {
        [order_key(b)] = volunteer,
        [a.prefix .. 'sv:' .. volunteer] = signup_member(b)
    }
    if s.state == 'waiting' then
        lists[waiting_key(b, s.post)] = volunteer
    end
    for list, member in pairs(lists) do
        if not redis.call('ZSCORE', list, member) then
            audit_found(a, 'activity', b.id, list:sub(#a.prefix + 1), volunteer,
                        '', 'is not in that list')
        end
    end
    if not b.posts[s.post] then
        audit_found(a, 'activity', b.id, 'post', '', s.post,
                    volunteer .. ' has a post that is none')
    end
    if s.state == 'served' then
        local e = entry_read(a.ledger, s.entry or '')
        if not e or e.type ~= 'hours' or e.ref ~= b.id
            or e.minutes ~= s.minutes
        then
            audit_found(a, 'activity', b.id, 'entry', '', s.entry or '',
                        'is not the entry of the hours of ' .. volunteer)
        end
    end
end

-- a page of those of an activity: where to go on, '0' when it was the last
local function signups_page(a, key, cursor)
    local activity = key:sub(#a.prefix + 3)
    local b = activity_read(a.prefix, activity)
    if not b then
        audit_found(a, 'activity', activity, 'title', '', '', 'is not there')
        return '0'
    end
    local page = redis.call('HSCAN', key, cursor, 'COUNT', SIGNUPS_PAGE)
    for i = 1, #page[2], 2 do
        audit_try(a, 'activity', activity, signup_compare, a, b, page[2][i],
                  page[2][i + 1])
    end
    return page[1]
end

-- looks at all of them, unless they are many: then false
local function signups_at_once(a, key)
    if redis.call('HLEN', key) > SIGNUPS_FEW then
        return false
    end
    signups_page(a, key, 0)
    return true
end
