-- GET /export?what=shares, and what=registry: a page of what volunteers told,
-- activity by activity, the oldest first.
-- KEYS   al:open (it stands for the district, whose keys are in one slot)
-- ARGV   prefix after
-- reply  200, the shares, the last one's place, more
-- or     invalid-field(after)

--include export_walk
--include share

local prefix, after = arguments()

return walk_page(prefix, after, SHARE_PLACE, function(a, behind, items, most)
    local left = most - #items
    local list = shares_list(a)
    local found = redis.call('ZRANGEBYLEX', list,
                             behind ~= '' and '(' .. behind or '-', '+',
                             'LIMIT', 0, left)
    for _, member in ipairs(found) do
        local s = share_read(a, member:sub(14))
        if not s or share_member(s) ~= member then
            corrupt(list, member)
        end
        items[#items + 1] = {share_values(a, s)}
    end
    return #found == left and found[left] or nil
end)
