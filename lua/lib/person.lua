--include check

-- All ids of a person: that of the account, and those that were merged into it,
-- or into one of these.
local function person_ids(prefix, account)
    local ids, i = {account}, 1
    while ids[i] do
        local key = prefix .. 'v:' .. ids[i]
        local joined = redis.call('HGET', key, 'joined')
        if joined then
            for old in id(joined, key, 'joined'):gmatch('[^,]+') do
                ids[#ids + 1] = old
            end
        end
        i = i + 1
        -- merges have a bound; an id is there twice where they are corrupt
        if i > 1000 then
            corrupt(key, 'joined')
        end
    end
    return ids
end

-- the place of an id among them, or nil
local function person_place(ids, of)
    for i, one in ipairs(ids) do
        if one == of then
            return i
        end
    end
    return nil
end
