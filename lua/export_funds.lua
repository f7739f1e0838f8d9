-- GET /export?what=funds, and what=registry: a page of public funds by id.
-- KEYS   funds
-- ARGV   prefix after
-- reply  200, the funds, the last one's id, more

--include check

local PAGE = 200

local funds = keys()
local prefix, after = arguments()

local ids = redis.call('ZRANGEBYLEX', funds,
                       after == '' and '-' or '(' .. after, '+',
                       'LIMIT', 0, PAGE)
local page = {}

for i, fund in ipairs(ids) do
    local key = prefix .. 'f:' .. fund
    local f = redis.call('HMGET', key, 'title', 'donated')
    page[i] = {fund, f[1] or corrupt(key, 'title'),
               natural(f[2], 0, key, 'donated')}
end

return {200, 0, page, ids[#ids] or after, #ids == PAGE and 1 or 0}
