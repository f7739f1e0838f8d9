-- PUT /funds/{fund}: a public fund that points can be donated to.
-- KEYS   fund funds
-- ARGV   fund title
-- reply  201 or 200, the fund

--include check

local key, funds = keys()
local fund, title = arguments()

local f = redis.call('HMGET', key, 'title', 'donated')
local donated = natural(f[2], 0, key, 'donated')
of_type(funds, 'zset')

redis.call('HSET', key, 'title', title, 'donated', donated)
redis.call('ZADD', funds, 0, fund)

return {f[1] and 200 or 201, 0, fund, title, donated}
