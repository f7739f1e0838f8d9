--include data
--include need

-- A page of the needs at head, newest first; seen(n) gives of one what is about
-- the person.
local function data_of_needs(head, seen)
    return data_of_ids(function(prefix, one, place)
        local key = prefix .. head .. one
        local items = {}
        local needs = redis.call('ZREVRANGEBYSCORE', key,
                                 place ~= '' and '(' .. place or '+inf', '-inf',
                                 'LIMIT', 0, DATA_PAGE)
        for i, need in ipairs(needs) do
            local n = need_read(prefix .. 'n:' .. need, need)
                      or corrupt(key, need)
            items[i] = seen(need_by(n, now()))
        end
        return items, needs[DATA_PAGE] and need_place(needs[DATA_PAGE])
    end)
end
