-- GET /export?what=registry: a page of who thanked, share by share, so many
-- users in a line.
-- KEYS   al:open (it stands for the district, whose keys are in one slot)
-- ARGV   prefix after
-- reply  200, the lines: activity, volunteer, users; the last one's place, more
-- or     invalid-field(after)

--include export_walk
--include share

local USERS = 32
local LINES = 1000          -- more than a share can have

local prefix, after = arguments()

-- the users who thanked, in lines, some of which go into items from one on
local function lines(a, volunteer, from, items, most)
    local users = redis.call('HKEYS', thanks_key(a, volunteer))
    table.sort(users)
    for i = from * USERS + 1, #users, USERS do
        if #items == most then
            return (i - 1) / USERS
        end
        items[#items + 1] = {
            a.id, volunteer,
            table.concat(users, ',', i, math.min(i + USERS - 1, #users))
        }
    end
    return nil
end

return walk_page(prefix, after, function(a, offset, items, most)
    local rank, from = floor(offset / LINES), offset % LINES
    local found = redis.call('ZRANGE', shares_list(a), rank, rank + most - 1)
    for i, member in ipairs(found) do
        local on = lines(a, member:sub(14), from, items, most)
        if on then
            return (rank + i - 1) * LINES + on
        end
        from = 0
    end
    return #found == most and (rank + most) * LINES or nil
end)
