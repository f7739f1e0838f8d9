--include board
--include audit
--include audit_signups
--include audit_thanks

-- Leaderboards and accounts say the same: an account is on its boards with what
-- it has earned, and on a board is nobody else.

local BOARDS_PAGE = 100

local function is_board(a, key)
    local name = key:sub(#a.prefix + 1)
    return name == 'lh' or name:find('^l[bh]:') ~= nil
end

-- the points of an account on each board that it must be on, by key
local function boards_of(a, id, key)
    local f = audit_hash(key)
    local boards = {}
    if not f.kind or f.merged or f.erased then
        return boards
    end
    local place = {
        id = id, prefix = a.prefix, key = key, station = f.station,
        earned = natural(f.earned, nil, key, 'earned'),
        frozen = natural(f.frozen, 0, key, 'frozen'), minor = f.minor,
        unlisted = f.unlisted, years = years_of({key = key})
    }
    local each = board_shows(place) and boards_each or hidden_each
    each(place, function(board, points)
        boards[board] = points
    end)
    return boards
end

local function check_boards(a, id, key)
    for board, points in pairs(boards_of(a, id, key)) do
        if points > 0 then
            audit_equal(a, 'account', id, board:sub(#a.prefix + 1),
                        0 - points, redis.call('ZSCORE', board, id))
        end
    end
end

-- whether there are boards, or thanks, to look at
local function boards_wait(a)
    return redis.call('LLEN', audit_key(a, 'boards')) > 0
end

local function board_page(a, board)
    local page = redis.call('ZSCAN', board, a.board_cursor or 0, 'COUNT',
                            BOARDS_PAGE)
    for i = 1, #page[2], 2 do
        local id = page[2][i]
        local points = boards_of(a, id, a.prefix .. 'v:' .. id)[board] or 0
        if points == 0 then
            audit_found(a, 'account', id, board:sub(#a.prefix + 1), '',
                        page[2][i + 1], 'is on a board without points for it')
        end
    end
    return page[1]
end

-- a page of the first of them, or of the sign-ups for an activity
local function boards_step(a)
    local list = audit_key(a, 'boards')
    local board = redis.call('LINDEX', list, 0)
    local name = board:sub(#a.prefix + 1)
    local cursor
    if name:find('^s:') then
        cursor = audit_try(a, 'activity', name:sub(3), signups_page, a, board,
                           a.board_cursor or 0)
    else
        cursor = audit_try(a, 'board', name,
                           is_thanks(a, board) and thanks_page or board_page,
                           a, board)
    end
    cursor = cursor or '0'
    if cursor == '0' then
        redis.call('LTRIM', list, 1, -1)
    end
    audit_set(a, 'board_cursor', cursor)
end
