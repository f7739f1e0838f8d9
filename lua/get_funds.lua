-- GET /funds: a page of the public funds by id.
-- KEYS   funds
-- ARGV   prefix limit after
-- reply  200, the funds, next or false

--include check

local PAGE = 20

local funds = keys()
local prefix, limit, after = arguments()

limit = tonumber(limit) or PAGE
local ids = redis.call('ZRANGEBYLEX', funds, after == '' and '-' or '(' .. after,
                       '+', 'LIMIT', 0, limit + 1)
local page = {}

for i = 1, math.min(#ids, limit) do
    local key = prefix .. 'f:' .. ids[i]
    local f = redis.call('HMGET', key, 'title', 'donated')
    page[i] = {ids[i], f[1] or corrupt(key, 'title'),
               natural(f[2], nil, key, 'donated')}
end

return {200, 0, page, #ids > limit and ids[limit]}
