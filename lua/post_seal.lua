-- The duty "seal": adds a seal, if the one before is still the last and the
-- entries are there.  Its id is that of the last entry it covers.
-- KEYS   lease seals ledger roots
-- ARGV   prefix token lease_ms,
--        before last first entries digest previous algorithm on marks
-- reply  200
-- or     409: another worker has the duty, or has sealed meanwhile

--include check
--include lease

local lease, seals, ledger, roots = keys()
local prefix, token, lease_ms, before, last, first, entries, digest, previous,
      algorithm, on, marks = arguments()

of_type(roots, 'zset')

if not leased(lease, token, lease_ms) then
    return {409, 0}
end

local newest = redis.call('XREVRANGE', seals, '+', '-', 'COUNT', 1)[1]

if (newest and newest[1] or '') ~= before
   or not redis.call('XRANGE', ledger, first, first)[1]
   or not redis.call('XRANGE', ledger, last, last)[1]
then
    return {409, 0}
end

redis.call('XADD', seals, last, 'first', first, 'entries', entries,
           'digest', digest, 'previous', previous, 'algorithm', algorithm,
           'on', on, 'marks', marks)

-- the root of a day is the last seal of it
if redis.call('ZSCORE', roots, before) == on then
    redis.call('ZREM', roots, before)
end
redis.call('ZADD', roots, on, last)

return {200, 0}
