-- GET /export?what=signups, and what=registry: a page of those who signed up,
-- activity by activity, in the order in which they did.
-- KEYS   al:open (it stands for the district, whose keys are in one slot)
-- ARGV   prefix after
-- reply  200, the sign-ups, the last one's place, more
-- or     invalid-field(after)

--include export_walk
--include signup

local prefix, after = arguments()

-- a place is when somebody signed up
return walk_page(prefix, after, '%d+', function(a, behind, items, most)
    local left = most - #items
    local order = order_key(a)
    local seq = behind == '' and '0' or behind
    local found = redis.call('ZRANGEBYSCORE', order, '(' .. seq, '+inf',
                             'WITHSCORES', 'LIMIT', 0, left)
    for i = 1, #found, 2 do
        local s = signup_read(a, found[i]) or corrupt(order, found[i])
        items[#items + 1] = {
            a.id, s.volunteer, s.post, s.state, s.at, s.checked_in or false,
            s.minutes or false, s.entry or false
        }
    end
    return #found == left * 2
           and digits[natural(found[#found], nil, order, found[#found - 1])]
           or nil
end)
