--include account
--include places
--include person
--include need
--include share
--include certificate
--include selection_years

-- What is held of a volunteer goes, but for what the ledger says: the account
-- keeps its figures, under an id that means nobody any more.  It is closed to
-- all at once, by the field `erased`; what else there is goes item by item, in
-- as many steps as it takes.  Until the last, the hash `erasing` has where to
-- go on: VOLUNTEER -> "ID PART AFTER", for each id of the person each part.
--
-- What can't be read is passed by, and stays for the audit to find; once it is
-- put right, to ask for the same again removes it.

local ERASE_ITEMS = 100         -- of a step
local ERASE_TEAMS = 200         -- that a step looks at
local ERASED_KIND = 'general'

local ERASED_FIELDS = {'station', 'teams', 'tags', 'free', 'minor', 'unlisted',
                       'called'}

local function erasing_key(prefix)
    return prefix .. 'erasing'
end

-- whether there is more to an erasure
local function erase_waits(prefix, account)
    return redis.call('HEXISTS', erasing_key(prefix), account) == 1
end

-- has all parts of the erasure of an account done, once more
local function erase_again(prefix, account)
    redis.call('HSET', erasing_key(prefix), account, account .. ' asked ')
end

-- Ends the script unless an account can be erased: returns the ids that were
-- merged into it.
local function erase_ready(a)
    places_ready(a)
    of_type(erasing_key(a.prefix), 'hash')
    return person_ids(a.prefix, a.id)
end

local function erase_selections(prefix, ids)
    local members = {}
    for _, one in ipairs(ids) do
        members[#members + 1] = 'applied:' .. one
        members[#members + 1] = 'shortlisted:' .. one
    end
    for _, list in selection_years(prefix) do
        of_type(list, 'zset')
        redis.call('ZREM', list, unpack(members))
    end
end

-- What the portal said under an id; of one that was merged it no longer says
-- whether it was erased, the account does.
local function erase_said(prefix, one, account)
    local key = prefix .. 'v:' .. one
    redis.call('HDEL', key, unpack(ERASED_FIELDS))
    redis.call('HSET', key, 'kind', ERASED_KIND)
    if one ~= account then
        redis.call('HDEL', key, 'erased')
        redis.call('HDEL', erasing_key(prefix), one)
    end
end

-- What the portal said of a person goes, from the account and from those that
-- were merged into it, and the places on lists that everybody may read; the
-- rest is for the steps that come, which also tell of a selection that is
-- corrupt.
local function erase_begin(a, ids)
    places_leave(a)
    pcall(erase_selections, a.prefix, ids)
    for _, one in ipairs(ids) do
        erase_said(a.prefix, one, a.id)
    end
    erase_again(a.prefix, a.id)
end

-- A need that somebody asked for is no more about anybody; who does it, or has
-- done it, is not to suffer.
local function erase_asked(prefix, one, need)
    local key = prefix .. 'n:' .. need
    local n = need_read(key, need) or corrupt(key, 'title')
    local gone = {'resident', 'note'}
    if redis.call('HGET', key, 'by') == one then
        gone[3] = 'by'
    end
    local to = need_unasked(need_by(n, now()))
    need_ready(n)
    need_ready(to)

    need_write(n, to)
    redis.call('HSET', key, 'title', to.title)
    redis.call('HDEL', key, unpack(gone))
    redis.call('ZREM', prefix .. 'nr:' .. one, need)
    -- it may have ended since without them
    redis.call('ZREM', prefix .. 'np:' .. one, need)
end

-- one that they took is open again; one that was confirmed has its entry
local function erase_taken(prefix, one, need)
    local key = prefix .. 'n:' .. need
    local n = need_read(key, need) or corrupt(key, 'title')
    need_change(n, need_untaken(n))
    redis.call('ZREM', prefix .. 'nt:' .. one, need)
end

-- What was told of an activity, and the thanks for it, as many as one step
-- reaches; true when there are none left.
local function erase_told(a, one)
    local s = share_read(a, one)
    local thanks = thanks_key(a, one)
    of_type(shares_list(a), 'zset')
    of_type(thanks, 'hash')
    local users = redis.call('HSCAN', thanks, 0, 'COUNT', ERASE_ITEMS)[2]
    for i = 1, #users, 2 do
        of_type(thanked_key(a.prefix, users[i]), 'zset')
    end

    if s then
        redis.call('HDEL', shares_key(a), one)
        redis.call('ZREM', shares_list(a), share_member(s))
    end
    for i = 1, #users, 2 do
        redis.call('HDEL', thanks, users[i])
        redis.call('ZREM', thanked_key(a.prefix, users[i]),
                   thanked_member(a, one))
    end
    return redis.call('EXISTS', thanks) == 0
end

-- Who has served has their hours for it; any other place is free.
local function erase_signup(prefix, one, member)
    local a = activity_read(prefix, member:match(':(.+)$') or '')
              or corrupt(prefix .. 'sv:' .. one, member)
    local s = signup_read(a, one) or corrupt(signups_key(a), one)
    if s.state ~= 'served' then
        signup_leave(a, s)
    end
    return erase_told(a, one)
end

local function erase_thank(prefix, one, told)
    local thanks = prefix .. 'sx:' .. told
    of_type(thanks, 'hash')
    redis.call('HDEL', thanks, one)
    redis.call('ZREM', thanked_key(prefix, one), told)
end

local function erase_certificates(prefix, one)
    local list = prefix .. 'cl:' .. one
    for _, code in ipairs(redis.call('LRANGE', list, 0, -1)) do
        redis.call('DEL', prefix .. 'ct:' .. code)
    end
    redis.call('DEL', list)
end

local function erase_leader(prefix, one, member)
    local key = prefix .. 't:' .. (member:match(':(.*)$') or '')
    if redis.call('HGET', key, 'leader') == one then
        redis.call('HDEL', key, 'leader')
    end
end

local function erase_by_score(head)
    return function(prefix, one, after)
        return redis.call('ZREVRANGEBYSCORE', prefix .. head .. one,
                          after ~= '' and '(' .. after or '+inf', '-inf',
                          'LIMIT', 0, ERASE_ITEMS)
    end
end

local function erase_by_lex(key_of, most)
    return function(prefix, one, after)
        return redis.call('ZRANGEBYLEX', key_of(prefix, one),
                          after ~= '' and '(' .. after or '-', '+', 'LIMIT', 0,
                          most)
    end
end

-- a part that is one item
local function erase_once(prefix, one, after)
    return after == '' and {'1'} or {}
end

-- The parts, in their order: what lists items behind a place, what erases one,
-- and where an item is.  One that has more to it returns false: the step ends,
-- and the next one begins with it.
local ERASE_PARTS = {
    {'asked', erase_by_score('nr:'), erase_asked, need_place},
    {'taken', erase_by_score('nw:'), erase_taken, need_place},
    {'signups', erase_by_lex(function(prefix, one)
        return prefix .. 'sv:' .. one
    end, ERASE_ITEMS), erase_signup},
    {'thanks', erase_by_lex(thanked_key, ERASE_ITEMS), erase_thank},
    {'certificates', erase_once, erase_certificates},
    {'selections', erase_once, function(prefix, one)
        erase_selections(prefix, {one})
    end},
    {'teams', erase_by_lex(function(prefix)
        return prefix .. 'teams'
    end, ERASE_TEAMS), erase_leader}
}

local function erase_part(name)
    for i, part in ipairs(ERASE_PARTS) do
        if part[1] == name then
            return i
        end
    end
    return nil
end

-- the text of what pcall() caught
local function erase_fault(caught)
    return type(caught) == 'table' and caught.err or tostring(caught)
end

-- A step of the erasure of an account, whatever is left of it: true when all is
-- done, and the first fault or "".
local function erase_step(prefix, account)
    local erasing = erasing_key(prefix)
    local job = redis.call('HGET', erasing, account)
    if not job then
        return true, ''
    end
    if not redis.call('HGET', prefix .. 'v:' .. account, 'erased') then
        corrupt(erasing, account)
    end
    local ids = person_ids(prefix, account)
    local one, name, after = job:match('^([^ ]+) (%l+) ([^ ]*)$')
    local i, part = person_place(ids, one), erase_part(name)
    if not i or not part then
        corrupt(erasing, account)
    end

    local left, fault = ERASE_ITEMS, ''
    while ids[i] and left > 0 do
        local _, list, erase, place = unpack(ERASE_PARTS[part])
        -- one may have been merged since this began
        if part == 1 and after == '' then
            erase_said(prefix, ids[i], account)
        end
        local ok, items = pcall(list, prefix, ids[i], after)
        if not ok then
            fault = fault == '' and items or fault
            items = {}
        end
        for _, item in ipairs(items) do
            local done
            ok, done = pcall(erase, prefix, ids[i], item)
            if not ok then
                fault = fault == '' and done or fault
            end
            left = ok and done == false and -1 or left - 1
            if left < 0 then
                break
            end
            after = place and place(item) or item
        end
        if not items[1] then
            after, part = '', part + 1
            left = left - 1
        end
        if part > #ERASE_PARTS then
            i, part = i + 1, 1
        end
    end

    if ids[i] then
        redis.call('HSET', erasing, account, ids[i] .. ' '
                   .. ERASE_PARTS[part][1] .. ' ' .. after)
    else
        redis.call('HDEL', erasing, account)
    end
    return not ids[i], erase_fault(fault)
end

-- A step of one erasure that waits, which is dropped if it can't go on: true
-- when none is left, and the first fault or "".
local function erase_next(prefix)
    local erasing = erasing_key(prefix)
    local cursor, account = '0', nil
    repeat
        local page = redis.call('HSCAN', erasing, cursor, 'COUNT', 10)
        cursor, account = page[1], page[2][1]
    until account or cursor == '0'
    if not account then
        return true, ''
    end
    local ok, done, fault = pcall(erase_step, prefix, account)
    if not ok then
        fault = done
        redis.call('HDEL', erasing, account)
    end
    return redis.call('EXISTS', erasing) == 0, erase_fault(fault)
end
