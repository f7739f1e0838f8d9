-- The duty "seal": the last seal, and a page of the entries behind it, or
-- behind the entry "after" when that is not empty.  All entries are final: ids
-- only rise.
-- KEYS   lease seals ledger
-- ARGV   prefix token lease_ms, after limit
-- reply  200, the last seal, its digest (both empty before the first seal),
--        the entries as XRANGE gives them
-- or     409: another worker has the duty

--include check
--include fields
--include lease

local lease, seals, ledger = keys()
local prefix, token, lease_ms, after, limit = arguments()

if not leased(lease, token, lease_ms) then
    return {409, 0}
end

local seal, digest = '', ''
local last = redis.call('XREVRANGE', seals, '+', '-', 'COUNT', 1)[1]

if last then
    seal = last[1]
    digest = fields_of(last[2]).digest or ''
    if not digest:find('^%x+$') or #digest ~= 64 then
        corrupt(seals, seal)
    end
end

if after == '' then
    after = seal
end

return {200, 0, seal, digest,
        redis.call('XRANGE', ledger, after == '' and '-' or '(' .. after, '+',
                   'COUNT', limit)}
