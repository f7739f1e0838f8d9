--include voucher
--include granted
--include reverse_merge
--include entry

-- What an entry did beside its account, by type.  Each looks whether the entry
-- follows from what is there, and returns nil and a refusal, or what writes it.
-- r has prefix, utc_offset, kept_days, and the second and the day of the entry;
-- o is the entry that e reverses.

local RESTORE_KEPT = 86400      -- least seconds that an ended voucher is kept

local function restore_refuse(field, detail)
    return nil, {'invalid-field', detail, field}
end

local function write_nothing()
end

-- the stock of an offer with a change, or nil
local function stock_with(r, offer, change)
    local key = r.prefix .. 'o:' .. offer
    local stock = natural(redis.call('HGET', key, 'stock'), false, key, 'stock')
    return stock and stock + change >= 0 and stock + change or nil
end

local function stock_write(r, offer, stock)
    redis.call('HSET', r.prefix .. 'o:' .. offer, 'stock', stock)
end

local restore = {}

restore.stock = function(r, e)
    local stock = stock_with(r, e.ref, e.amount)
    if not stock then
        return restore_refuse('ref', 'no such offer, or no such stock')
    end
    return function()
        stock_write(r, e.ref, stock)
    end
end

local function restore_granted(r, e)
    if not granted_counted(e) then
        return write_nothing
    end
    local key = r.prefix .. 'u:' .. e.by
    local granted = granted_read(key, r.day)
    granted.day_minutes = granted.day_minutes + e.minutes
    granted.month_minutes = granted.month_minutes + e.minutes
    return function()
        granted_write(key, granted)
    end
end

local function restore_decision(r, e, proposal)
    local p = entry_read(r.prefix .. 'ledger', proposal)
    local field = e.type == 'award' and 'proposal' or 'ref'
    of_type(r.prefix .. 'decided', 'hash')
    of_type(r.prefix .. 'waiting', 'zset')
    if not p or p.type ~= 'proposal'
        or redis.call('HGET', r.prefix .. 'decided', proposal)
    then
        return restore_refuse(field, 'is no proposal that waits')
    end
    return function()
        redis.call('HSET', r.prefix .. 'decided', proposal, e.id)
        redis.call('ZREM', r.prefix .. 'waiting', proposal)
    end
end

restore.award = function(r, e)
    if e.proposal == '' then
        return write_nothing
    end
    return restore_decision(r, e, e.proposal)
end

restore.refusal = function(r, e)
    return restore_decision(r, e, e.ref)
end

restore.proposal = function(r, e)
    of_type(r.prefix .. 'waiting', 'zset')
    return function()
        redis.call('ZADD', r.prefix .. 'waiting', e.id:match('^%d+'), e.id)
    end
end

-- the counters that a redemption went into
local function restore_counted(r, e)
    local key = r.prefix .. 'r:' .. e.volunteer
    local counted = {}
    for counter in e.counted:gmatch('[%l-]+') do
        if counter ~= 'person' then
            local field, name = period_field(counter, e.ref)
            counted[#counted + 1] = {
                counter, field, period_of(name, e.on) .. ' '
                .. period_count(key, field, name, e.on) + 1
            }
        end
    end
    return key, counted
end

restore.redemption = function(r, e)
    local stock = stock_with(r, e.ref, -1)
    local key = r.prefix .. 'x:' .. e.voucher
    local taken = r.prefix .. 'p:' .. e.ref
    if not stock then
        return restore_refuse('ref', 'no such offer, or none is left')
    end
    if voucher_read(key) then
        return restore_refuse('voucher', 'is there already')
    end
    local periods, counted = restore_counted(r, e)
    local count = natural(redis.call('HGET', taken, e.volunteer), 0, taken,
                          'count')
    local due = voucher_due(r.prefix, e.expires)
    return function()
        stock_write(r, e.ref, stock)
        if e.counted:find('person') then
            redis.call('HSET', taken, e.volunteer, count + 1)
        end
        periods_write(periods, counted)
        voucher_open({key = key, entry = e.id, last = e.id})
        push_later(due, e.voucher)
    end
end

-- the open voucher that an entry closes, or nil and a refusal
local function restore_open(r, e, price)
    local v = voucher_read(r.prefix .. 'x:' .. e.voucher)
    if not v or v.state ~= 'issued' or v.offer ~= e.ref or v.price ~= price then
        return restore_refuse('voucher', 'is no open voucher of that offer '
                              .. 'and price')
    end
    return v
end

local function restore_close(r, e, v, state)
    local kept = in_force(r.kept_days, r.day) * 86400
    voucher_end(r.prefix, v, state, e.id,
                math.max(r.time + kept, now() + RESTORE_KEPT))
end

restore.use = function(r, e)
    local v, refusal = restore_open(r, e, e.amount)
    return v and function()
        restore_close(r, e, v, 'used')
    end, refusal
end

local function restore_give_back(state)
    return function(r, e)
        local v, refusal = restore_open(r, e, e.points)
        if not v then
            return nil, refusal
        end
        local give_back = voucher_returns(r.prefix, v)
        return function()
            give_back()
            restore_close(r, e, v, state)
        end
    end
end

restore.cancellation = restore_give_back('cancelled')
restore.expiry = restore_give_back('expired')

-- the total of a fund with so many points more
local function restore_fund(r, fund, points)
    local key = r.prefix .. 'f:' .. fund
    local donated = natural(redis.call('HGET', key, 'donated'), false, key,
                            'donated')
    if not donated or donated + points < 0 then
        return restore_refuse('ref', 'no such fund, or no such total')
    end
    return function()
        redis.call('HSET', key, 'donated', donated + points)
    end
end

restore.donation = function(r, e)
    return restore_fund(r, e.ref, 0 - e.points)
end

-- one who was merged, with the place that the registry told
local function restore_place(r, volunteer)
    local f = redis.call('HMGET', r.prefix .. 'v:' .. volunteer, 'kind',
                         'station', 'teams', 'tags')
    local a = {prefix = r.prefix, id = volunteer, kind = f[1], station = f[2],
               teams = f[3], tags = f[4]}
    places_ready(a)
    return a
end

restore.merged = function(r, e)
    local a = restore_place(r, e.volunteer)
    return function()
        places_leave(a)
    end
end

-- the history of the old account becomes part of the new one's
restore.merge = function(r, e)
    local key, old = r.prefix .. 'v:' .. e.volunteer, r.prefix .. 'v:' .. e.ref
    local f = redis.call('HMGET', old, 'merged', 'last')
    if f[1] ~= e.volunteer then
        return restore_refuse('ref', 'is no account that was merged into this')
    end
    local merges = merges_of(key) + merges_of(old) + 1
    if merges > MERGES_MAX then
        return restore_refuse('ref', 'is one merge more than there may be')
    end
    local joined = joined_of(key)
    r.joined = account_last(f[2] or corrupt(old, 'last'), old)
    return function()
        merges_write(key, merges)
        joined_add(key, joined, e.ref)
    end
end

-- What reverses an entry of each type.
local restore_reversal = {}

restore_reversal.hours = function(r, e, o)
    local key = r.prefix .. 'u:' .. o.by
    local day = day_of(math.floor(entry_place(o.id) / 1000), r.utc_offset)
    local granted = granted_counted(o)
                    and granted_without(key, day, o.minutes, r.day)
    return granted and function()
        granted_write(key, granted)
    end or write_nothing
end

restore_reversal.donation = function(r, e, o)
    return restore_fund(r, o.ref, 0 - e.points)
end

restore_reversal.use = function(r, e, o)
    local v = voucher_read(r.prefix .. 'x:' .. o.voucher)
    if not v or v.state ~= 'used' or v.last ~= o.id then
        return restore_refuse('ref', 'the voucher is not in that use')
    end
    local due = voucher_due(r.prefix, v.expires)
    return function()
        voucher_reopen(r.prefix, v, e.id)
        push_later(due, o.voucher)
    end
end

restore_reversal.merged = function(r, e)
    local a = restore_place(r, e.volunteer)
    return function()
        places_return(a)
    end
end

-- the history of the old account is its own again
restore_reversal.merge = function(r, e, o)
    local key = r.prefix .. 'v:' .. e.volunteer
    local merges = merges_of(key) - merges_of(r.prefix .. 'v:' .. o.ref) - 1
    if merges < 0 then
        corrupt(key, 'merges')
    end
    local joined = joined_of(key)
    return function()
        merges_write(key, merges)
        joined_remove(key, joined, o.ref)
    end
end

restore.reversal = function(r, e, o)
    if not o or redis.call('HGET', r.prefix .. 'reversed', e.ref) then
        return restore_refuse('ref', 'is no entry that can be reversed')
    end
    if o.org ~= e.org then
        return restore_refuse('org', 'is not that of the entry reversed')
    end
    if answering(r.prefix, o.volunteer, e.volunteer) ~= e.volunteer then
        return restore_refuse('volunteer', 'does not answer for '
                              .. o.volunteer)
    end
    local write, refusal = write_nothing, nil
    if restore_reversal[o.type] then
        write, refusal = restore_reversal[o.type](r, e, o)
    end
    return write and function()
        write()
        redis.call('HSET', r.prefix .. 'reversed', e.ref, e.id)
        merge_corrected(r.prefix, o.volunteer, e.volunteer)
    end, refusal
end
