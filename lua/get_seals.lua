-- GET /seals: a page of seals, newest first; with roots only the last seal of
-- each day that is over.  The next of a page is a seal, or with roots a day.
-- KEYS   seals roots ledger
-- ARGV   roots limit after
-- shared utc_offset
-- reply  200, the seals, next or false
-- or     invalid-field(after)

--include seal

local PAGE = 20

local seals, roots, ledger = keys()
local only_roots, limit, after = arguments()
local utc_offset = shared()

limit = tonumber(limit) or PAGE
only_roots = only_roots == '1'

local standing = seals_read(seals, roots, ledger, utc_offset)
local today = standing.today

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
        local reply = seal_reply(standing, seal)
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
        page[i] = seal_reply(standing, found[i])
    end
    next_page = found[limit + 1] and found[limit][1] or false
end

return {200, 0, page, next_page}
