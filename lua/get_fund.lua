-- GET /funds/{fund}: what was donated to a public fund.
-- KEYS   fund
-- ARGV   fund
-- reply  200, the fund
-- or     not-found

--include check

local key = keys()
local fund = arguments()

local f = redis.call('HMGET', key, 'title', 'donated')
if not f[1] then
    return absent(key, 'title') or {'not-found'}
end

return {200, 0, fund, f[1], natural(f[2], nil, key, 'donated')}
