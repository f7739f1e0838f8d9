-- The duty "audit": the next bounded step of an audit that was asked for.
-- KEYS   lease
-- ARGV   prefix token lease_ms, version utc_offset
-- reply  200, whether there is more, 1 when seals are to be verified now
-- or     409: another worker has the duty

--include lease

local lease = KEYS[1]
local prefix, token, lease_ms = unpack(ARGV)

if not leased(lease, token, lease_ms) then
    return {409, 0}
end

local audit = prefix .. 'audit'
local phase = redis.call('HGET', audit, 'phase')

if phase == 'seals' then
    return {200, 0, 1, 1}
end
if phase == 'done_seals' then
    redis.call('HSET', audit, 'phase', 'done')
end

return {200, 0, 0, 0}
