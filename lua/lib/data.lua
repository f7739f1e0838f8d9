--include history
--include person

-- Pages of GET /volunteers/{volunteer}/data, list by list.  Of other people
-- they have no id, whoever asks: what is handed to a volunteer is about them
-- alone.

local DATA_PAGE = 100
local DATA_STEPS = 200          -- entries that a page of a history reads

-- the account; or nil and the refusal
local function data_account()
    local prefix, volunteer, after, role = arguments()
    local utc_offset = shared()
    local a = account_read(keys(), volunteer, today_at(utc_offset),
                           sees_erased(role))
    if not a then
        return nil, {'not-found'}
    end
    return a
end

-- A page of a list of which each id of the person has its own.  page(prefix,
-- one, place) gives items of one of these ids behind a place, '' for the first,
-- and the place of the last one, nil when there are none behind it.
local function data_of_ids(page)
    local a, refusal = data_account()
    if not a then
        return refusal
    end
    local prefix, volunteer, after = arguments()
    local ids = person_ids(prefix, a.id)
    local one, place = after:match('^([^:]*):(.*)$')
    local i = one and (person_place(ids, one) or #ids + 1) or 1
    local items, behind = {}, nil
    if ids[i] then
        items, behind = page(prefix, ids[i], place or '')
    end
    if not behind then
        i, behind = i + 1, ''
    end
    return {200, 0, items, ids[i] and ids[i] .. ':' .. behind or '',
            ids[i] and 1 or 0}
end

-- the same of a sorted set in the order of its members
local function data_of_members(head, f)
    return data_of_ids(function(prefix, one, place)
        local key = prefix .. head .. one
        local items = {}
        local members = redis.call('ZRANGEBYLEX', key,
                                   place ~= '' and '(' .. place or '-', '+',
                                   'LIMIT', 0, DATA_PAGE)
        for _, member in ipairs(members) do
            items[#items + 1] = f(prefix, one, member, key)
        end
        return items, members[DATA_PAGE]
    end)
end

-- A page of what f makes of the entries of the history, newest first: an item
-- or nil.
local function data_of_history(f)
    local a, refusal = data_account()
    if not a then
        return refusal
    end
    local prefix, volunteer, after = arguments()
    local history = history_open(a, after) or corrupt(prefix .. 'ledger', after)
    local ids = person_ids(prefix, a.id)
    local items = {}
    for _ = 1, DATA_STEPS do
        local e = chain_next(history)
        if not e then
            break
        end
        items[#items + 1] = f(prefix, e, history.ledger, ids)
    end
    local more = #history.heads > 0
    return {200, 0, items, more and chain_heads(history) or '', more and 1 or 0}
end
