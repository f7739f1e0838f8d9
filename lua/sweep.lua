-- What time alone brings about: vouchers not used expire, points that have an
-- end are taken, needs that nobody took go up the tree or expire; and erasures
-- that take long go on.  A bounded part of it, by one worker at a time.
-- KEYS   lease
-- ARGV   prefix token lease, version utc_offset kept_days
-- reply  200, vouchers, accounts, 1 when there is more, the first fault or "",
--        needs
-- or     409 when another worker has the lease

--include lease
--include voucher
--include need
--include erase

local ITEMS = 100
local HOURS = 2000

local prefix, token, lease, version, utc_offset, kept_days = arguments()

if not leased(keys(), token, lease) then
    return {409, 0}
end

local time = now()
local today = today_at(utc_offset)
local rules = in_force(version, today)
local nobody = {by = '', role = '', scope = '', rules = rules}
local sweep = prefix .. 'sweep'
local kept = redis.call('HMGET', sweep, 'hour', 'day')
local fault = ''

-- where nothing was swept yet: before the first entry nothing can end
local function first_hour()
    local first = redis.call('XRANGE', prefix .. 'ledger', '-', '+', 'COUNT',
                             1)[1]
    return math.floor((first and first[1]:match('^%d+') / 1000 or time) / 3600)
end

-- what is corrupt is left to the audit, and the rest goes on
local function try(f, ...)
    local ok, swept = pcall(f, ...)
    if ok then
        return swept
    end
    local what = type(swept) == 'table' and swept.err or tostring(swept)
    if not what:find('CORRUPT', 1, true)
        and not what:find('WRONGTYPE', 1, true)
    then
        error(what, 0)
    end
    fault = fault == '' and what or fault
    return false
end

local function expire(code)
    local v = voucher_read(prefix .. 'x:' .. code)
    if not v or v.state ~= 'issued' then
        return false
    end
    if time < v.expires then
        return nil
    end
    voucher_touch(prefix, code, v, voucher_owner(prefix, v, today), time, rules,
                  in_force(kept_days, today))
    return true
end

local function lapse(volunteer)
    local a = account_read(prefix .. 'v:' .. volunteer, volunteer, today, true)
    if not a or not a.lots then
        return false
    end
    account_ready(a, 'expired')
    local lapsed = a.lapse > 0
    account_settle(a, nobody)
    return lapsed
end

local function listed(key, most)
    of_type(key, 'list')
    return redis.call('LRANGE', key, 0, most - 1)
end

-- Sweeps the lists head .. from, from + 1, ... to, as far as ITEMS reach; stops
-- where f says nil: not yet.  Returns where to go on, how many f took, and
-- whether there is more.
local function walk(head, from, to, f)
    local seen, taken = 0, 0
    for n = from, to do
        if n - from >= HOURS then
            return n, taken, 1
        end
        local key = prefix .. head .. n
        local items = try(listed, key, ITEMS - seen)
        for i, item in ipairs(items or {}) do
            local done = try(f, item)
            if done == nil then
                redis.call('LTRIM', key, i - 1, -1)
                return n, taken, 0
            end
            taken = taken + (done and 1 or 0)
        end
        if items then
            redis.call('LTRIM', key, #items, -1)
            seen = seen + #items
        end
        if seen >= ITEMS then
            return n, taken, 1
        end
    end
    return to, taken, 0
end

-- of the needs that are due; one that can't go on is due no more
local function rise()
    local due = need_due(prefix)
    local ids = redis.call('ZRANGEBYSCORE', due, '-inf', time, 'LIMIT', 0,
                           ITEMS)
    local risen = 0
    for _, need in ipairs(ids) do
        if try(need_now, prefix .. 'n:' .. need, need) then
            risen = risen + 1
        else
            redis.call('ZREM', due, need)
        end
    end
    return risen
end

local hour = natural(kept[1], false, sweep, 'hour') or first_hour()
local day = natural(kept[2], false, sweep, 'day')
            or day_of(hour * 3600, utc_offset)

local vouchers, accounts, more, more_lots
hour, vouchers, more = walk('due:', hour, math.floor(time / 3600), expire)
day, accounts, more_lots = walk('ends:', day, today, lapse)

local needs = try(rise) or 0

-- a step of an erasure that waits; hardly ever there is one
local function erase()
    --seldom
    local done, wrong = erase_next(prefix)
    fault = fault == '' and wrong or fault
    return not done
end

local erasing = redis.call('EXISTS', prefix .. 'erasing') == 1 and try(erase)

if tonumber(kept[1] or -1) ~= hour or tonumber(kept[2] or -1) ~= day then
    redis.call('HSET', sweep, 'hour', hour, 'day', day)
end

return {200, 0, vouchers, accounts,
        math.max(more, more_lots, needs == ITEMS and 1 or 0,
                 erasing and 1 or 0), fault,
        needs}
