-- GET /funds: a page of the public funds by id.
-- KEYS   funds
-- ARGV   prefix limit after
-- reply  200, the funds, next or false

--include check
--include page

local prefix, limit, after = arguments()
local ids, more = page_by_id(keys(), nil, limit, after)

for i, fund in ipairs(ids) do
    local key = prefix .. 'f:' .. fund
    local f = redis.call('HMGET', key, 'title', 'donated')
    ids[i] = {fund, f[1] or corrupt(key, 'title'),
              natural(f[2], nil, key, 'donated')}
end

return {200, 0, ids, more}
