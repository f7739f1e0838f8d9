-- GET /volunteers/{volunteer}/data: the teams that they lead; a page looks at
-- SCAN teams.
-- KEYS   account
-- ARGV   prefix volunteer after role
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the teams, where the next page begins, more
-- or     not-found erased

--include data

local SCAN = 200

return data_of_ids(function(prefix, one, place)
    local teams = prefix .. 'teams'
    local items = {}
    local members = redis.call('ZRANGEBYLEX', teams,
                               place ~= '' and '(' .. place or '-', '+',
                               'LIMIT', 0, SCAN)
    for _, member in ipairs(members) do
        local team = member:match(':(.+)$') or corrupt(teams, member)
        if redis.call('HGET', prefix .. 't:' .. team, 'leader') == one then
            items[#items + 1] = {team}
        end
    end
    return items, members[SCAN]
end)
