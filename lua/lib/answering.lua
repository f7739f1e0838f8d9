--include check

-- The id of the account that answers for a volunteer, who need not have one.
-- With an id on the way to it, that one.
local function answering(prefix, volunteer, on_the_way)
    local seen = {}
    while volunteer ~= on_the_way do
        local key = prefix .. 'v:' .. volunteer
        local into = redis.call('HGET', key, 'merged')
        if not into then
            break
        end
        if seen[volunteer] then
            corrupt(key, 'merged')
        end
        seen[volunteer] = true
        volunteer = id(into, key, 'merged')
    end
    return volunteer
end

-- whether two ids are of one person, by whatever merges
local function same_person(prefix, one, other)
    return one == other
           or answering(prefix, one) == answering(prefix, other)
end
