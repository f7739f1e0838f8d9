-- GET /funds/{fund}: what was donated to a public fund.
-- KEYS   fund
-- ARGV   fund
-- reply  200, the fund
-- or     not-found

--include check

local key = KEYS[1]

local f = redis.call('HMGET', key, 'title', 'donated')
if not f[1] then
    return absent(key, 'title') or {'not-found'}
end

return {200, 0, ARGV[1], f[1], natural(f[2], nil, key, 'donated')}
