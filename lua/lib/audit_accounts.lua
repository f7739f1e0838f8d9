--include check
--include erased
--include fold
--include audit

-- Each account of the list `volunteers`: its entries are folded one by one, and
-- what comes out must be what its hashes say.  An account of many entries goes
-- on in the next step; it is compared in the same step as its last entry is
-- folded, so entries that come meanwhile do no harm.
--
-- The links lead from the last entry to the first, and entries are folded from
-- the first to the last: so they are read in segments.  Where each begins is
-- kept on the way down, and on the way up it is read again and folded.

local ACCOUNTS_BUDGET = 150     -- entries, or what takes as long, of a step
local ACCOUNTS_LIST = 50        -- ids read at once
local ACCOUNT_SEGMENT = 75      -- entries
local ACCOUNT_COST = 4          -- of one without entries
local ACCOUNT_FOUND_MAX = 20    -- findings of one account
local SEEN_BITS = 64            -- of an account in the set of those seen

-- Which ids are in the list is kept in a string of bits, three for each: what
-- is not in there is not in the list, what is may be there by chance.
local function seen_bits(a, id)
    local digest = redis.sha1hex(id)
    local bits = {}
    for i = 1, 3 do
        bits[i] = tonumber(digest:sub(8 * i - 7, 8 * i), 16) % a.seen_bits
    end
    return bits
end

local function seen_has(a, id)
    for _, bit in ipairs(seen_bits(a, id)) do
        if redis.call('GETBIT', audit_key(a, 'seen'), bit) == 0 then
            return false
        end
    end
    return true
end

-- true when all were set
local function seen_add(a, id)
    local all = true
    for _, bit in ipairs(seen_bits(a, id)) do
        all = redis.call('SETBIT', audit_key(a, 'seen'), bit, 1) == 1 and all
    end
    return all
end

local function accounts_begin(a)
    local length = redis.call('LLEN', a.prefix .. 'volunteers')
    audit_set(a, 'cursor', 0, 'seen_bits',
              math.min(math.max(length * SEEN_BITS, 65536), 4294967295))
end

-- The work on an account: the state that its entries make, findings; the link
-- to the last entry that is folded; on the way down the link to go on with, and
-- the id that it must be below.
local function work_new(id)
    return {id = id, state = fold_new(), found = {}, folded = '', segments = 0}
end

local function work_found(w, ...)
    if #w.found < ACCOUNT_FOUND_MAX then
        w.found[#w.found + 1] = {...}
    end
end

-- what was left of the last step
local function work_resume(a, id)
    local ok, w = pcall(cmsgpack.unpack, a.account or '')
    return ok and type(w) == 'table' and w.id == id and w or work_new(id)
end

-- the entry that a link leads to, from one above or from the account; or nil
-- and why not
local function work_entry(a, w, link, above)
    local id = linked(link)
    local e, field
    if id then
        e, field = entry_read(a.ledger, id)
    end
    if not e then
        return nil, field and 'is not well formed' or 'there is no such entry'
    end
    if e.volunteer ~= w.id then
        return nil, 'is an entry of another account'
    end
    if above and not entry_above(above, id)
        or w.folded ~= '' and not entry_above(id, linked(w.folded))
    then
        return nil, 'is out of order'
    end
    return e
end

-- The segment that begins with a link, the newest first, and the link that it
-- ends before: when that is the last one folded, the next is the one above.
local function work_segment(a, w, link)
    local entries, above = {}, w.above
    while link ~= w.folded and #entries < ACCOUNT_SEGMENT do
        local e, why = work_entry(a, w, link, above)
        if not e then
            work_found(w, 'account', w.id, 'history', '', linked(link) or link,
                       why)
            w.broken = true
            break
        end
        entries[#entries + 1] = e
        above = e.id
        link = links_of(e.before)
    end
    return entries, link
end

-- keeps where a segment begins
local function work_push(a, w, link)
    local segments = audit_key(a, 'segments')
    if w.segments == 0 then
        redis.call('DEL', segments)
    end
    redis.call('RPUSH', segments, link)
    w.segments = w.segments + 1
end

-- where the next segment to be folded begins, or nil
local function work_pop(a, w)
    if w.segments == 0 then
        return nil
    end
    local segments = audit_key(a, 'segments')
    local link = redis.call('LINDEX', segments, -1)
    redis.call('LTRIM', segments, 0, -2)
    w.segments = w.segments - 1
    return link
end

local function work_fold(a, w, e)
    local o = e.type == 'reversal' and entry_read(a.ledger, e.ref) or nil
    fold_entry(w.state, e, o, a.utc_offset, function(f, expected, found,
                                                     detail)
        work_found(w, 'entry', e.id, f, expected, found, detail)
    end)
end

-- reads a segment, and folds it when all below it is folded: what that took
local function work_on(a, w, last)
    local top = w.down or work_pop(a, w) or last
    local entries, below = work_segment(a, w, top)
    if w.broken then
        return #entries
    end
    if below ~= w.folded then
        work_push(a, w, top)
        w.down, w.above = below, entries[#entries].id
        return #entries
    end
    w.down, w.above = nil, nil
    for i = #entries, 1, -1 do
        local ok, caught = pcall(work_fold, a, w, entries[i])
        if not ok then
            work_found(w, 'entry', entries[i].id, '', '', '',
                       audit_message(caught))
        end
    end
    w.folded = top
    return #entries
end

local function work_equal(w, field, expected, found)
    if audit_text(expected) ~= audit_text(found) then
        work_found(w, 'account', w.id, field, expected, found)
    end
end

-- compares a table of a state with a hash, both above a bound
local function work_table(w, name, t, hash, above)
    for k, n in pairs(t) do
        if k > above and n ~= 0 then
            work_equal(w, name .. string.format('%.0f', k), n,
                       hash[string.format('%.0f', k)])
        end
    end
    for k, text in pairs(hash) do
        local n = number_of(k)
        if not n or n > above and (t[n] or 0) == 0 and text ~= '0' then
            work_found(w, 'account', w.id, name .. k, '', text)
        end
    end
end

-- Where an account is merged into, and the merges that its own history leads
-- through.
local function work_merges(a, w, f)
    local merged = audit_key(a, 'merged')
    local merges = 0
    local joined = {}
    for old in (f.joined or ''):gmatch('[^,]+') do
        joined[old] = true
        if not w.state.joined[old] then
            work_found(w, 'account', w.id, 'joined', '', old)
        end
    end
    for old, entry in pairs(w.state.joined) do
        if not joined[old] then
            work_found(w, 'account', w.id, 'joined', old, '')
        end
        local key = a.prefix .. 'v:' .. old
        merges = merges + 1
                 + natural(redis.call('HGET', key, 'merges'), 0, key, 'merges')
        if redis.call('HGET', merged, old) ~= w.id .. ' ' .. entry then
            work_found(w, 'account', w.id, 'history', '', old,
                       'the account of a merge is not merged into this')
        end
    end
    work_equal(w, 'merges', merges, f.merges or 0)

    local into = redis.call('HGET', merged, w.id) or ''
    local account, entry = into:match('^([^ ]*) ?(.*)$')
    work_equal(w, 'merged', account, f.merged)
    if account ~= '' and entry == '' then
        work_found(w, 'account', w.id, 'merged', account, '',
                   'no merge leads to its history')
    end
end

-- One that a registry told to be erased needs no entry; the account that
-- answers for it is to be erased, too.
local function work_erased(a, w, f)
    if f.erased ~= tostring(ERASED_TOLD) or w.state.erased == 1 then
        work_equal(w, 'erased', w.state.erased, f.erased or 0)
    elseif not redis.call('HGET', a.prefix .. 'v:'
                          .. answering(a.prefix, w.id), 'erased')
    then
        work_found(w, 'account', w.id, 'erased', 0, f.erased,
                   'was merged into an account that is not')
    end
end

local function work_compare(a, w, last)
    local s = w.state
    local f = audit_hash(a.prefix .. 'v:' .. w.id)
    local years = {}

    if not f.kind then
        work_found(w, 'account', w.id, 'kind', '', '', 'there is no account')
    end
    work_equal(w, 'last', last, f.last)
    if w.broken then
        return
    end
    for _, field in ipairs(FOLD_FIGURES) do
        work_equal(w, field, s[field], f[field] or 0)
    end
    work_equal(w, 'frozen', s.frozen, f.frozen or 0)
    work_erased(a, w, f)
    for field, value in pairs(f) do
        if field:find('^y%d+$') then
            years[field:sub(2)] = value
        end
    end
    work_table(w, 'y', s.years, years, 0)
    work_table(w, 'd:', s.days, audit_hash(a.prefix .. 'd:' .. w.id), -1)
    work_table(w, 'e:', s.lots, audit_hash(a.prefix .. 'e:' .. w.id),
               today_at(a.utc_offset))
    work_merges(a, w, f)
end

-- one account as far as the budget reaches: what that took, whether it is done
local function account_step(a, id, budget)
    local w = work_resume(a, id)
    local last = redis.call('HGET', audit_key(a, 'lasts'), id) or ''
    local cost = 0
    while w.folded ~= last and not w.broken do
        if cost >= budget then
            audit_set(a, 'account', cmsgpack.pack(w))
            return cost, false
        end
        cost = cost + work_on(a, w, last)
    end
    local ok, caught = pcall(work_compare, a, w, last)
    if not ok then
        work_found(w, 'account', id, '', '', '', audit_message(caught))
    end
    for _, found in ipairs(w.found) do
        audit_found(a, unpack(found, 1, 6))
    end
    if a.account then
        redis.call('HDEL', a.key, 'account')
        a.account = nil
    end
    return cost + ACCOUNT_COST, true
end

-- an id that is in the list twice
local function account_listed(a, id, place)
    if seen_add(a, id) then
        local first = redis.call('LPOS', a.prefix .. 'volunteers', id)
        if first and first < place then
            audit_found(a, 'account', id, 'volunteers', '', '',
                        'is in the list of volunteers twice')
        end
    end
end

-- true when all accounts are done
local function accounts_step(a)
    local list = a.prefix .. 'volunteers'
    local place = tonumber(a.cursor)
    local budget = ACCOUNTS_BUDGET
    local done, all = true, false

    while budget > 0 and done and not all do
        local ids = redis.call('LRANGE', list, place,
                               place + ACCOUNTS_LIST - 1)
        all = #ids == 0
        for _, id in ipairs(ids) do
            local ok, cost, last = pcall(account_step, a, id, budget)
            if not ok then
                audit_found(a, 'account', id, '', '', '', audit_message(cost))
                cost, last = ACCOUNT_COST, true
            end
            budget = budget - cost
            done = last
            if done then
                account_listed(a, id, place)
                place = place + 1
            end
            if budget <= 0 or not done then
                break
            end
        end
    end

    audit_set(a, 'cursor', place, 'accounts', place)
    return all
end
