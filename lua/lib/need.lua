--include account
--include place
--include erased

-- What a resident asks for: a hash at n:NEED, whose id has the form of an
-- entry's, so that needs are in the order in which they were published.  It is
-- found by sorted sets:
--
--   nl:STATE:ORG  those of a state: at its station, at the orgs that were above
--                 that when it was published (its line), and at "" for all
--   nr:RESIDENT   those of one who asks
--   nw:VOLUNTEER  those that one took
--   np:RESIDENT, nt:VOLUNTEER  of these, those that have not ended
--   ns:ORG:TAG    the open ones offered at an org (their scope), by each of
--                 their tags and by "" for all; what ends first is first
--
-- An open need is offered at its station, then at each org above in turn; these
-- share the time that is left until it expires.

local NEED_FIELDS = {'title', 'tags', 'station', 'line', 'scope', 'on',
                     'starts', 'minutes', 'note', 'until', 'rises', 'resident',
                     'volunteer', 'state', 'entry'}

local NEED_STATES = {open = true, accepted = true, done = true,
                     confirmed = true, withdrawn = true, expired = true}

local NEED_ENDED = {confirmed = true, withdrawn = true, expired = true}

-- where a need is among others, as a score; nil for what is no need's id
local function need_place(need)
    local ms, seq = need:match('^([1-9]%d*)%-(%d+)$')
    if not ms or #ms > 13 or #seq > 3 then
        return nil
    end
    return ms .. ('%03d'):format(seq)
end

-- the need at key, or nil
local function need_read(key, need)
    local f = redis.call('HMGET', key, unpack(NEED_FIELDS))
    if not f[1] then
        return absent(key, 'title')
    end
    local n = {id = need, key = key, prefix = key:sub(1, -3 - #need)}
    for i, field in ipairs(NEED_FIELDS) do
        n[field] = f[i]
    end
    utf8(n.title, key, 'title')
    if n.note then
        utf8(n.note, key, 'note')
    end
    for _, field in ipairs({'on', 'minutes', 'until', 'rises'}) do
        n[field] = natural(n[field], nil, key, field)
    end
    n.starts = natural(n.starts, false, key, 'starts')
    for _, field in ipairs({'station', 'line', 'scope'}) do
        id(n[field], key, field)
    end
    for _, field in ipairs({'tags', 'resident', 'volunteer', 'entry'}) do
        if n[field] then
            id(n[field], key, field)
        end
    end
    if not NEED_STATES[n.state] then
        corrupt(key, 'state')
    end
    return n
end

-- The key of each sorted set at which a need stands in its state.
local function need_listed(n)
    local lists = {n.prefix .. 'nl:' .. n.state .. ':'}
    for org in n.line:gmatch('[^,]+') do
        lists[#lists + 1] = lists[1] .. org
    end
    return lists
end

local function need_offered(n)
    local offers = {}
    if n.state == 'open' then
        local head = n.prefix .. 'ns:' .. n.scope .. ':'
        offers[1] = head
        for tag in (n.tags or ''):gmatch('[^,]+') do
            offers[#offers + 1] = head .. tag
        end
    end
    return offers
end

-- those of its persons' at which it stands until it has ended
local function need_pending(n)
    local lists = {}
    if not NEED_ENDED[n.state] then
        if n.resident then
            lists[1] = n.prefix .. 'np:' .. n.resident
        end
        if n.volunteer then
            lists[#lists + 1] = n.prefix .. 'nt:' .. n.volunteer
        end
    end
    return lists
end

local function need_due(prefix)
    return prefix .. 'needs:due'
end

-- A need with some of its fields changed, as it will be.
local function need_with(n, changes)
    local to = {}
    for field, value in pairs(n) do
        to[field] = value
    end
    for field, value in pairs(changes) do
        to[field] = value
    end
    return to
end

-- ends the script unless a need can be listed, or not be any more
local function need_ready(n)
    for _, keys in ipairs({need_listed(n), need_offered(n), need_pending(n),
                           {need_due(n.prefix)}})
    do
        for _, key in ipairs(keys) do
            of_type_once(key, 'zset')
        end
    end
    for head, who in pairs({nr = n.resident, nw = n.volunteer}) do
        if who then
            of_type_once(n.prefix .. head .. ':' .. who, 'zset')
        end
    end
end

local function need_list(n)
    for _, keys in ipairs({need_listed(n), need_pending(n)}) do
        for _, key in ipairs(keys) do
            redis.call('ZADD', key, need_place(n.id), n.id)
        end
    end
    for _, key in ipairs(need_offered(n)) do
        redis.call('ZADD', key, n['until'], n.id)
    end
    if n.state == 'open' then
        redis.call('ZADD', need_due(n.prefix), n.rises, n.id)
    end
    if n.resident then
        redis.call('ZADD', n.prefix .. 'nr:' .. n.resident, need_place(n.id),
                   n.id)
    end
    if n.volunteer then
        redis.call('ZADD', n.prefix .. 'nw:' .. n.volunteer,
                   need_place(n.id), n.id)
    end
end

local function need_unlist(n)
    for _, keys in ipairs({need_listed(n), need_offered(n), need_pending(n)}) do
        for _, key in ipairs(keys) do
            redis.call('ZREM', key, n.id)
        end
    end
    redis.call('ZREM', need_due(n.prefix), n.id)
    if n.volunteer then
        redis.call('ZREM', n.prefix .. 'nw:' .. n.volunteer, n.id)
    end
end

-- Makes a need what it is to be; need_ready() has seen both.  Fields that are
-- false go.
local function need_write(n, to)
    need_unlist(n)
    need_list(to)
    for _, field in ipairs({'state', 'scope', 'rises', 'volunteer', 'entry'}) do
        if to[field] and to[field] ~= n[field] then
            redis.call('HSET', n.key, field, to[field])
        elseif n[field] and not to[field] then
            redis.call('HDEL', n.key, field)
        end
    end
end

local function need_change(n, changes)
    local to = need_with(n, changes)
    need_ready(n)
    need_ready(to)
    need_write(n, to)
    return to
end

-- What an open need has become by a time: an org above has it, or it expired.
-- The orgs that it has yet to go to share what is left of its time.
local function need_by(n, time)
    if n.state ~= 'open' or time < n.rises then
        return n
    end
    if time >= n['until'] then
        return need_with(n, {state = 'expired'})
    end
    local scope, rises = n.scope, n.rises
    while rises <= time do
        local line = org_line(n.prefix, scope)
        scope = line[2] or scope
        rises = rises + math.ceil((n['until'] - rises)
                                  / math.max(#line - 1, 1))
    end
    return need_with(n, {scope = scope, rises = rises})
end

local ERASED_TITLE = '-'

-- a need that somebody asked for who was erased, as it is to be without them
local function need_unasked(n)
    return need_with(n, {
        resident = false, note = false, title = ERASED_TITLE,
        state = (n.state == 'open' or n.state == 'accepted') and 'withdrawn'
                or n.state
    })
end

-- One that somebody took who was erased: others can, but for what is asked for
-- by nobody any more.
local function need_untaken(n)
    local to = need_with(n, {volunteer = false})
    if n.state == 'accepted' or n.state == 'done' then
        to.state = n.title == ERASED_TITLE and 'withdrawn' or 'open'
    end
    return need_by(to, now())
end

-- A need as those leave it who were erased, should the erasure not have come by
-- it yet.
local function need_left(n)
    if n.resident and is_erased(n.prefix, n.resident) then
        n = need_unasked(n)
    end
    if n.volunteer and is_erased(n.prefix, n.volunteer) then
        n = need_untaken(n)
    end
    return n
end

-- the need at key as of now, or nil
local function need_now(key, need)
    local n = need_read(key, need)
    if not n then
        return nil
    end
    local to = need_left(need_by(n, now()))
    for _, field in ipairs({'state', 'scope', 'rises', 'volunteer'}) do
        if to[field] ~= n[field] then
            return need_change(n, to)
        end
    end
    return to
end

local NEEDS_DUE = 100

-- Brings a bounded number of needs up to date, so that lists are right; one
-- that can't be is for the sweep to tell of.
local function needs_touch(prefix)
    local due = redis.call('ZRANGEBYSCORE', need_due(prefix), '-inf', now(),
                           'LIMIT', 0, NEEDS_DUE)
    for _, need in ipairs(due) do
        pcall(need_now, prefix .. 'n:' .. need, need)
    end
end

-- Whether so many needs of a sorted set have not ended; some may have expired
-- and nobody has seen it yet.
local function needs_many(prefix, list, most)
    for _, need in ipairs(redis.call('ZRANGE', list, 0, most - 1)) do
        if not need_now(prefix .. 'n:' .. need, need) then
            corrupt(list, need)
        end
    end
    return redis.call('ZCARD', list) >= most
end

-- whether a user is the person of an id, by whatever ids merges made theirs
local function is_person(prefix, who, user)
    return who and same_person(prefix, who, user)
end

-- whether a caller is a volunteer who was erased
local function caller_erased(prefix, user, role)
    return role == 'volunteer' and is_erased(prefix, user)
end

-- whether all of a need is for a caller to see
local function need_seen(n, user, role, scope)
    if role == 'organizer' then
        return org_reaches(n.prefix, scope, n.station)
    end
    return role ~= 'volunteer' or is_person(n.prefix, n.resident, user)
           or is_person(n.prefix, n.volunteer, user)
end

-- whether a caller decides about a need as its resident does
local function need_owned(n, user, role, scope)
    if role == 'volunteer' then
        return is_person(n.prefix, n.resident, user)
    end
    return need_seen(n, user, role, scope)
end

-- whether a caller acts as the volunteer who took it
local function need_taken(n, user, role, scope)
    if role == 'volunteer' then
        return is_person(n.prefix, n.volunteer, user)
    end
    return need_seen(n, user, role, scope)
end

-- the refusal that its state is reason for
local function need_refusal(n)
    return {'need-' .. n.state}
end

-- the need as the end of a reply; all of it, or what everybody may see
local function need_values(n, all)
    return n.id, n.id, n.title, n.tags or false, n.station, n.scope, n.on,
           n.starts or false, n.minutes, n['until'], n.state,
           all and n.note or false, all and n.resident or false,
           all and n.volunteer or false, all and n.entry or false
end
