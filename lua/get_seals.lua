-- GET /seals: a page of seals, newest first; with roots only the last seal of
-- each day that is over.  The next of a page is a seal, or with roots a day.
-- KEYS   seals roots ledger
-- ARGV   roots limit after, utc_offset
-- reply  200, the seals, next or false
-- or     invalid-field(after)

--include check
--include clock
--include fields

local PAGE = 20

local seals, roots, ledger = unpack(KEYS)
local only_roots, limit, after, utc_offset = unpack(ARGV)

limit = tonumber(limit) or PAGE
only_roots = only_roots == '1'

local today = day_of(now(), utc_offset)
local newest = redis.call('XREVRANGE', seals, '+', '-', 'COUNT', 1)[1]
local pending       -- a day that is over, but not all of it is sealed yet

if newest then
    local entry = redis.call('XRANGE', ledger, '(' .. newest[1], '+',
                             'COUNT', 1)[1]
    pending = entry and day_of(entry[1]:match('^%d+') / 1000, utc_offset)
end

local function is_root(seal, on)
    return on < today and on ~= pending
           and redis.call('ZSCORE', roots, seal) and 1
end

local function seal_reply(seal)
    local f = fields_of(seal[2])
    local on = natural(f.on, nil, seals, seal[1])
    return {
        seal[1], f.first or corrupt(seals, seal[1]),
        natural(f.entries, nil, seals, seal[1]),
        f.digest or corrupt(seals, seal[1]),
        f.previous or corrupt(seals, seal[1]),
        f.algorithm or corrupt(seals, seal[1]), on, is_root(seal[1], on)
    }
end

if after ~= '' then
    local id, n = after:match(only_roots and '^(%d+)()$' or '^(%d+)%-(%d+)$')
    if not id or #id > 19 or #tostring(n) > 19 then
        return {'invalid-field', 'is not the next of a page', 'after'}
    end
end

local page = {}
local next_page = false

if only_roots then
    local before = math.min(tonumber(after) or today, today)
    local found = redis.call('ZREVRANGEBYSCORE', roots, '(' .. before, '-inf',
                             'LIMIT', 0, limit + 2)
    for _, id in ipairs(found) do
        local seal = redis.call('XRANGE', seals, id, id)[1]
                     or corrupt(roots, id)
        local reply = seal_reply(seal)
        if #page == limit and reply[8] then
            next_page = tostring(page[limit][7])
            break
        end
        if reply[8] then
            page[#page + 1] = reply
        end
    end
else
    local found = redis.call('XREVRANGE', seals,
                             after ~= '' and '(' .. after or '+', '-',
                             'COUNT', limit + 1)
    for i = 1, math.min(#found, limit) do
        page[i] = seal_reply(found[i])
    end
    next_page = found[limit + 1] and found[limit][1] or false
end

return {200, 0, page, next_page}
