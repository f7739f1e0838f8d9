--include board
--include bytes

-- how many of a board stand before one with so many points, or are that one
local function board_rank(key, points, volunteer)
    local low = redis.call('ZCOUNT', key, '-inf', '(' .. (0 - points))
    local high = redis.call('ZCOUNT', key, '-inf', 0 - points)
    -- those with as many points are ordered by id
    while low < high do
        local middle = math.floor((low + high) / 2)
        if bytes_before(volunteer, redis.call('ZRANGE', key, middle, middle)[1])
        then
            high = middle
        else
            low = middle + 1
        end
    end
    return low
end

-- Those of a board with so many points at least, behind a place: a page of
-- {volunteer, points}.
local function board_page(key, least, after_points, after, count)
    local rank = after_points and board_rank(key, after_points, after) or 0
    local found = redis.call('ZRANGE', key, rank, rank + count - 1,
                             'WITHSCORES')
    local page = {}
    for i = 1, #found, 2 do
        local points = 0 - integer(found[i + 1], nil, key, found[i])
        if points < least then
            break
        end
        page[#page + 1] = {id(found[i], key, 'volunteer'), points}
    end
    return page
end
