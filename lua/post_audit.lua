-- POST /audit: asks for an audit of the books; when one runs, that one.
-- KEYS   audit
-- ARGV   prefix user
-- reply  202, or 200 when one runs already, where it is

--include clock
--include audit_reply

local key = keys()
local prefix, user = arguments()

local a = audit_open(prefix)
if a.state == 'running' then
    return audit_reply({200, 0}, a, {}, false)
end

redis.call('DEL', key, audit_key(a, 'found'))
audit_drop(a)
redis.call('HSET', key, 'id', (tonumber(a.id) or 0) + 1, 'state', 'running',
           'phase', 'seals', 'by', user, 'started', now(), 'mismatches', 0)

return audit_reply({202, 0}, audit_open(prefix), {}, false)
