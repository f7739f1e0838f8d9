-- PUT /merchants/{merchant}: a member of the alliance.
-- KEYS   merchant merchants
-- ARGV   merchant title category
-- reply  201 or 200, merchant, title, category

--include check

local key, merchants = keys()
local merchant, title, category = arguments()

local known = redis.call('HGET', key, 'title')

of_type(merchants, 'zset')

redis.call('HSET', key, 'title', title, 'category', category)
redis.call('ZADD', merchants, 0, merchant)

return {known and 200 or 201, 0, merchant, title, category}
