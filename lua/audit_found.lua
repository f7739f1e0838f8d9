-- The audit's phase "seals": keeps what was found, as JSON, and where the audit
-- is; with a phase, goes to that.
-- KEYS   lease audit found
-- ARGV   prefix token lease_ms, cursor digest phase found...
-- reply  200
-- or     409: another worker has the duty, or the audit is not at this phase

--include audit
--include lease

local lease, audit, found = unpack(KEYS)
local prefix, token, lease_ms, cursor, digest, phase = unpack(ARGV)

if not leased(lease, token, lease_ms)
   or redis.call('HGET', audit, 'phase') ~= 'seals'
then
    return {409, 0}
end

local room = AUDIT_FOUND_MAX - redis.call('LLEN', found)

for i = 7, math.min(#ARGV, 6 + room) do
    redis.call('RPUSH', found, ARGV[i])
end
redis.call('HINCRBY', audit, 'seals_found', #ARGV - 6)

if cursor ~= '' then
    redis.call('HSET', audit, 'seals_cursor', cursor, 'seals_digest', digest)
end
if phase ~= '' then
    redis.call('HSET', audit, 'phase', phase)
end

return {200, 0}
