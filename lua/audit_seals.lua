-- The audit's phase "seals": what is to be verified next.  A page has the seals
-- behind one, for as many as "limit" entries, and the entries behind one, up
-- to the last of these seals.
-- KEYS   lease audit seals ledger
-- ARGV   prefix token lease_ms, seal from left limit, cursor digest
--        seal is the last one the caller has, "" to go on from where the audit
--        is; left entries of it are still to come behind from, "" when it is
--        done; cursor and digest are those of the last one verified, or empty
-- reply  200, the cursor and digest to go on from, seals, entries
-- or     409: another worker has the duty, or the audit is not at this phase

--include check
--include fields
--include lease

local SEALS = 100

local lease, audit, seals, ledger = keys()
local prefix, token, lease_ms, seal, from, left, limit, cursor,
      digest = arguments()

if not leased(lease, token, lease_ms)
   or redis.call('HGET', audit, 'phase') ~= 'seals'
then
    return {409, 0}
end

if cursor ~= '' then
    redis.call('HSET', audit, 'seals_cursor', cursor, 'seals_digest', digest)
else
    local at = redis.call('HMGET', audit, 'seals_cursor', 'seals_digest')
    cursor, digest = at[1] or '', at[2] or ''
end

if seal == '' then
    seal, from = cursor, cursor
end

local function behind(id)
    return id == '' and '-' or '(' .. id
end

local page = {}
local to = left ~= '' and seal
local sum = tonumber(left) or 0

while sum < limit + 0 and #page < SEALS do
    local found = redis.call('XRANGE', seals, behind(seal), '+',
                             'COUNT', 1)[1]
    if not found then
        break
    end
    page[#page + 1] = found
    seal, to = found[1], found[1]
    sum = sum + (tonumber(fields_of(found[2]).entries or '') or 0)
end

return {200, 0, cursor, digest, page,
        to and redis.call('XRANGE', ledger, behind(from), to,
                          'COUNT', limit) or {}}
