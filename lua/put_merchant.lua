-- PUT /merchants/{merchant}: a member of the alliance.
-- KEYS   merchant
-- ARGV   merchant title category
-- reply  201 or 200, merchant, title, category

local key = KEYS[1]
local merchant, title, category = unpack(ARGV)

local known = redis.call('HGET', key, 'title')

redis.call('HSET', key, 'title', title, 'category', category)

return {known and 200 or 201, 0, merchant, title, category}
