-- A page of the members of a sorted set that are ordered by name: their ids,
-- and the next or false.  With a head, which may be "", only those called
-- HEAD:ID.
local function page_by_id(key, head, limit, after)
    local from, to = after == '' and '-' or '(' .. after, '+'
    if head then
        -- ";" comes behind ":"
        from, to = '(' .. head .. ':' .. after, '(' .. head .. ';'
    end
    limit = tonumber(limit) or 20
    local ids = redis.call('ZRANGEBYLEX', key, from, to, 'LIMIT', 0, limit + 1)
    for i, member in ipairs(head and ids or {}) do
        ids[i] = member:sub(#head + 2)
    end
    local more = ids[limit + 1] and ids[limit]
    ids[limit + 1] = nil
    return ids, more or false
end
