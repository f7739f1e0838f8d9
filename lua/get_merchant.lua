-- GET /merchants/{merchant}: a member of the alliance.
-- KEYS   merchant
-- ARGV   merchant
-- reply  200, merchant, title, category
-- or     not-found

local key = keys()
local merchant = arguments()

local f = redis.call('HMGET', key, 'title', 'category')

if not f[1] then
    return {'not-found'}
end

return {200, 0, merchant, f[1], f[2]}
