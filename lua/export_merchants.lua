-- GET /export?what=merchants, and what=registry: a page of merchants by id.
-- KEYS   merchants
-- ARGV   prefix after
-- reply  200, the merchants, the last one's id, more

--include check

local PAGE = 200

local merchants = keys()
local prefix, after = arguments()

local ids = redis.call('ZRANGEBYLEX', merchants,
                       after == '' and '-' or '(' .. after, '+',
                       'LIMIT', 0, PAGE)
local page = {}

for i, merchant in ipairs(ids) do
    local key = prefix .. 'm:' .. merchant
    local f = redis.call('HMGET', key, 'title', 'category')
    page[i] = {merchant, f[1] or corrupt(key, 'title'), f[2]}
end

return {200, 0, page, ids[#ids] or after, #ids == PAGE and 1 or 0}
