--include fold
--include audit

-- Each account of the list `volunteers`: its index is folded entry by entry,
-- and what comes out must be what its hashes say.  An account of many entries
-- goes on in the next step; it is compared in the same step as its last entry
-- is folded, so entries that come meanwhile do no harm.

local ACCOUNTS_BUDGET = 150     -- entries, or what takes as long, of a step
local ACCOUNTS_LIST = 50        -- ids read at once
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

-- the work on an account: place in its index, states by volunteer, findings
local function work_new(id)
    return {id = id, place = 0, last = '', above = '0-0', states = {},
            found = {}}
end

local function work_found(w, ...)
    if #w.found < ACCOUNT_FOUND_MAX then
        w.found[#w.found + 1] = {...}
    end
end

-- What was left of the last step, unless the index was rewritten by a merge:
-- then from the beginning.
local function work_resume(a, id, index)
    local ok, w = pcall(cmsgpack.unpack, a.account or '')
    if not ok or type(w) ~= 'table' or w.id ~= id
        or redis.call('LINDEX', index, w.place - 1) ~= w.last
    then
        return work_new(id)
    end
    return w
end

local function work_entry(a, w, id)
    local e, field = entry_read(a.ledger, id)
    if not e then
        work_found(w, 'entry', id, 'index', '', w.id, field
                   and 'is in the index but not well formed'
                   or 'is in the index but not in the ledger')
        return
    end
    if not entry_above(id, w.above) then
        work_found(w, 'entry', id, 'index', '', w.id,
                   'comes again in the index, or out of order')
        return
    end
    w.above = id

    local s = w.states[e.volunteer]
    if not s then
        s = fold_new()
        s.first = id
        w.states[e.volunteer] = s
    end
    local o = e.type == 'reversal' and entry_read(a.ledger, e.ref) or nil
    fold_entry(s, e, o, a.utc_offset, function(f, expected, found, detail)
        work_found(w, 'entry', id, f, expected, found, detail)
    end)
end

-- folds up to so many entries; the number, and whether these were the last
local function work_fold(a, w, index, budget)
    local ids = redis.call('LRANGE', index, w.place, w.place + budget - 1)
    for i, id in ipairs(ids) do
        local ok, caught = pcall(work_entry, a, w, id)
        if not ok then
            work_found(w, 'entry', id, '', '', '', audit_message(caught))
        end
    end
    w.place = w.place + #ids
    w.last = ids[#ids] or w.last
    return #ids, w.place == redis.call('LLEN', index)
end

-- entries of other accounts must be of such as were merged into this one
local function work_foreign(w)
    for volunteer, s in pairs(w.states) do
        local into = volunteer
        for _ = 1, 100 do
            local of = w.states[into]
            if into == w.id or not of or not of.merged then
                break
            end
            into = of.merged
        end
        if into ~= w.id then
            work_found(w, 'entry', s.first, 'volunteer', w.id, volunteer,
                       'is in the index of another account')
        end
        for old in pairs(s.joined) do
            if not w.states[old] or w.states[old].merged ~= volunteer then
                work_found(w, 'account', w.id, 'index', old, '',
                           'entries of a merged account are not there')
            end
        end
    end
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

local function work_compare(a, w, index)
    local s = w.states[w.id] or fold_new()
    local f = audit_hash(a.prefix .. 'v:' .. w.id)
    local years = {}

    if not f.kind then
        work_found(w, 'account', w.id, 'kind', '', '', 'there is no account')
    end
    for _, field in ipairs(FOLD_FIGURES) do
        work_equal(w, field, s[field], f[field] or 0)
    end
    work_equal(w, 'frozen', s.frozen, f.frozen or 0)
    for field, value in pairs(f) do
        if field:find('^y%d+$') then
            years[field:sub(2)] = value
        end
    end
    work_table(w, 'y', s.years, years, 0)
    work_table(w, 'd:', s.days, audit_hash(a.prefix .. 'd:' .. w.id), -1)
    work_table(w, 'e:', s.lots, audit_hash(a.prefix .. 'e:' .. w.id),
               today_at(a.utc_offset))

    local into = redis.call('HGET', audit_key(a, 'merged'), w.id)
    work_equal(w, 'merged', into, f.merged)
    if into and redis.call('LLEN', index) > 0 then
        work_found(w, 'account', w.id, 'index', '', '',
                   'an account that was merged has entries')
    end
    work_foreign(w)
end

-- one account as far as the budget reaches: what that took, whether it is done
local function account_step(a, id, budget)
    local index = a.prefix .. 'l:' .. id
    local w = work_resume(a, id, index)
    local cost, last = work_fold(a, w, index, budget)
    if not last then
        audit_set(a, 'account', cmsgpack.pack(w))
        return budget, false
    end
    local ok, caught = pcall(work_compare, a, w, index)
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
