-- GET /export?what=registry: a page of who thanked, share by share, so many
-- users in a line.
-- KEYS   al:open (it stands for the district, whose keys are in one slot)
-- ARGV   prefix after
-- reply  200, the lines: activity, volunteer, users; the last one's place, more
-- or     invalid-field(after)

--include export_walk
--include share

local USERS = 32

local prefix, after = arguments()

-- The users who thanked behind one of them, in lines that go into items, which
-- have room, until there are so many; the last user of these when there are
-- more.
local function lines(a, volunteer, behind, items, most)
    local users = {}
    for _, user in ipairs(redis.call('HKEYS', thanks_key(a, volunteer))) do
        if behind == '' or stands_before(behind, user) then
            users[#users + 1] = user
        end
    end
    table.sort(users, stands_before)
    for i = 1, #users, USERS do
        if #items == most then
            return users[i - 1]
        end
        items[#items + 1] = {
            a.id, volunteer,
            table.concat(users, ',', i, math.min(i + USERS - 1, #users))
        }
    end
    return nil
end

-- a place is that of a share, and behind a comma the last user who thanked
return walk_page(prefix, after, SHARE_PLACE .. ',?[%w._-]*',
                 function(a, place, items, most)
    local member, user = place:match('^([^,]*),?(.*)$')
    local list = shares_list(a)
    local found = redis.call('ZRANGEBYLEX', list,
                             member ~= '' and '[' .. member or '-', '+',
                             'LIMIT', 0, most)
    for i, share in ipairs(found) do
        if #items == most then
            return found[i - 1]
        end
        if share ~= member or user ~= '' then
            local on = lines(a, share:sub(14), share == member and user or '',
                             items, most)
            if on then
                return share .. ',' .. on
            end
        end
    end
    return #found == most and found[most] or nil
end)
