-- GET /stats: the district's figures; to show them costs the same however much
-- they grew.
-- KEYS   books orgs teams merchants offers
-- ARGV   prefix
-- reply  200, the figures

--include org

local CENTRES = 100         -- whose figures are added up

local books, orgs, teams, merchants, offers = keys()
local prefix = arguments()

local f = redis.call('HMGET', books, 'volunteers', 'minutes', 'earned', 'spent')
local volunteers = integer(f[1], 0, books, 'volunteers')
local minutes = integer(f[2], 0, books, 'minutes')
local earned = integer(f[3], 0, books, 'earned')
local spent = integer(f[4], 0, books, 'spent')

-- what the books don't have, the orgs below none do; ";" comes behind ":"
local activities, beneficiaries = 0, 0
for _, member in ipairs(redis.call('ZRANGEBYLEX', orgs, '(:', '(;', 'LIMIT', 0,
                                   CENTRES)) do
    local key = prefix .. 'g' .. member
    local n = redis.call('HMGET', key, 'activities', 'beneficiaries')
    activities = activities + integer(n[1], 0, key, 'activities')
    beneficiaries = beneficiaries + integer(n[2], 0, key, 'beneficiaries')
end

return {200, 0, volunteers, redis.call('ZCARD', teams),
        redis.call('ZCARD', orgs), activities, minutes, floor(minutes / 60),
        earned, beneficiaries, redis.call('ZCARD', merchants),
        redis.call('ZCARD', offers), spent}
