-- The audit's phase "seals": keeps what was found, as JSON, and where the audit
-- is; with a phase, goes to that.
-- KEYS   lease audit found
-- ARGV   prefix token lease_ms, cursor digest phase found...
-- reply  200
-- or     409: another worker has the duty, or the audit is not at this phase

--include audit
--include lease

local lease, audit, found = keys()
local prefix, token, lease_ms, cursor, digest, phase = arguments()

if not leased(lease, token, lease_ms)
   or redis.call('HGET', audit, 'phase') ~= 'seals'
then
    return {409, 0}
end

local room = AUDIT_FOUND_MAX - redis.call('LLEN', found)
local findings = {select(7, arguments())}

for i = 1, math.min(#findings, room) do
    redis.call('RPUSH', found, findings[i])
end
redis.call('HINCRBY', audit, 'seals_found', #findings)

if cursor ~= '' then
    redis.call('HSET', audit, 'seals_cursor', cursor, 'seals_digest', digest)
end
if phase ~= '' then
    redis.call('HSET', audit, 'phase', phase)
end

return {200, 0}
