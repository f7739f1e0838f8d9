-- GET /merchants/{merchant}
-- KEYS   merchant
-- ARGV   merchant
-- reply  200, merchant, title, category
-- or     not-found

local f = redis.call('HMGET', KEYS[1], 'title', 'category')

if not f[1] then
    return {'not-found'}
end

return {200, 0, ARGV[1], f[1], f[2]}
