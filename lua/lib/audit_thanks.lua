--include audit

-- What was told of an activity knows who thanked for it, and who thanked knows
-- for what: both say the same.

local THANKS_PAGE = 100

local function is_thanks(a, key)
    return key:find('^s[xy]:', #a.prefix + 1) ~= nil
end

local function thanks_of(a, told)
    local key = a.prefix .. 'sx:' .. told
    local page = redis.call('HSCAN', key, a.board_cursor or 0, 'COUNT',
                            THANKS_PAGE)
    for i = 1, #page[2], 2 do
        local user = page[2][i]
        if not redis.call('ZSCORE', a.prefix .. 'sy:' .. user, told) then
            audit_found(a, 'share', told, 'sy:' .. user, told, '',
                        'is not in that list')
        end
    end
    return page[1]
end

local function thanked_by(a, user)
    local key = a.prefix .. 'sy:' .. user
    local page = redis.call('ZSCAN', key, a.board_cursor or 0, 'COUNT',
                            THANKS_PAGE)
    for i = 1, #page[2], 2 do
        local told = page[2][i]
        if redis.call('HEXISTS', a.prefix .. 'sx:' .. told, user) == 0 then
            audit_found(a, 'share', told, 'sy:' .. user, '', told,
                        'was not thanked for')
        end
    end
    return page[1]
end

-- a page of one of these: the cursor of the next
local function thanks_page(a, key)
    local head, id = key:sub(#a.prefix + 1):match('^(..):(.*)$')
    return head == 'sx' and thanks_of(a, id) or thanked_by(a, id)
end
