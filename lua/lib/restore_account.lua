--include account
--include fold

-- An account as a state that entries are folded into, read as far as an entry
-- needs it, and written back.

-- a table that reads what is asked of it; the rest of the hash stays where it
-- is
local function restore_lazy(key, head)
    return setmetatable({}, {__index = function(t, k)
        local field = head .. string.format('%.0f', k)
        local n = natural(redis.call('HGET', key, field), 0, key, field)
        rawset(t, k, n)
        return n
    end})
end

-- the numbers of a hash whose fields begin with head
local function restore_all(key, head)
    local t = {}
    local f = redis.call('HGETALL', key)
    for i = 1, #f, 2 do
        local k = number_of(f[i]:match('^' .. head .. '(%d+)$') or '')
        if k then
            t[k] = integer(f[i + 1], nil, key, f[i])
        end
    end
    return t
end

-- the state of an account, or nil; all of it, or what an entry changes
local function restore_read(prefix, volunteer, all)
    local key = prefix .. 'v:' .. volunteer
    local days = prefix .. 'd:' .. volunteer
    local f = redis.call('HMGET', key, 'kind', 'frozen', 'merged', 'limited',
                         'last', 'station', 'minor', 'unlisted', 'erased',
                         unpack(FOLD_FIGURES))
    if not f[1] then
        return absent(key, 'kind')
    end
    local s = fold_new()
    for i, field in ipairs(FOLD_FIGURES) do
        s[field] = integer(f[9 + i], 0, key, field)
    end
    s.key = key
    s.id = volunteer
    s.frozen = natural(f[2], 0, key, 'frozen')
    s.merged = f[3] or nil
    s.last = account_last(f[5], key)
    s.prefix = prefix
    s.station = f[6] and id(f[6], key, 'station')
    s.minor = account_flag(f[7], key, 'minor')
    s.unlisted = account_flag(f[8], key, 'unlisted')
    -- for one who is told to be, entries of before come
    local erased = account_erased(f[9], key)
    s.erased, s.told = erased == 1 and 1 or 0, erased == ERASED_TOLD
    s.was_frozen, s.was_erased = s.frozen, s.erased
    s.ends = f[4] and true
    s.years = all and restore_all(key, 'y') or restore_lazy(key, 'y')
    s.days = all and restore_all(days, '') or restore_lazy(days, '')
    s.lots = restore_all(prefix .. 'e:' .. volunteer, '')
    s.had = {}
    for day in pairs(s.lots) do
        s.had[day] = true
    end
    return s
end

local function restore_table(key, head, t)
    for k, n in pairs(t) do
        local field = head .. string.format('%.0f', k)
        if n ~= 0 then
            redis.call('HSET', key, field, n)
        else
            redis.call('HDEL', key, field)
        end
    end
end

-- ends the script unless the lots of a state can be written
local function restore_ready(prefix, s, day)
    for lot, n in pairs(s.lots) do
        if lot > day and n ~= 0 and not s.had[lot] then
            of_type(prefix .. 'ends:' .. lot, 'list')
        end
    end
    -- who is frozen, or no longer, moves with all years; so goes who is erased
    s.place = (s.frozen ~= s.was_frozen or s.erased ~= s.was_erased)
              and board_place(s)
    boards_ready(s.place or s)
end

-- writes a state; lots that had ended by a day are not kept
local function restore_write(prefix, s, day)
    for lot, n in pairs(s.lots) do
        if lot <= day then
            s.lots[lot] = 0
        elseif n ~= 0 and not s.had[lot] then
            redis.call('RPUSH', prefix .. 'ends:' .. lot, s.id)
        end
        s.ends = s.ends or n ~= 0
    end
    for _, field in ipairs({'late', 'unspendable', 'frozen', 'erased'}) do
        if s[field] ~= 0 then
            redis.call('HSET', s.key, field, s[field])
        elseif field ~= 'erased' or not s.told then
            redis.call('HDEL', s.key, field)
        end
    end
    if s.merged then
        redis.call('HDEL', s.key, 'limited')
        redis.call('HSET', s.key, 'merged', s.merged)
    else
        redis.call('HDEL', s.key, 'merged')
        if s.limited ~= 0 or s.ends then
            redis.call('HSET', s.key, 'limited', s.limited)
        end
    end
    redis.call('HSET', s.key, 'balance', s.balance, 'earned', s.earned,
               'carry', s.carry, 'last', s.last)
    restore_table(s.key, 'y', s.years)
    restore_table(prefix .. 'd:' .. s.id, '', s.days)
    restore_table(prefix .. 'e:' .. s.id, '', s.lots)
    if s.merged then
        boards_leave(s)
    else
        if s.place then
            boards_leave(s.place)
        end
        boards_write(s.place or s)
    end
end
