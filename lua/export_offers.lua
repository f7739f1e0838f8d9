-- GET /export?what=offers, and what=registry: a page of offers by price, then
-- id.
-- KEYS   offers
-- ARGV   prefix after
-- reply  200, the offers, the last one's place, more
-- or     invalid-field(after)

--include offer

local PAGE = 200

local offers = keys()
local prefix, after = arguments()

if after ~= '' and not after:find('^%d%d%d%d%d%d%d%d%d%d%d%d:') then
    return {'invalid-field', 'is not the after of an export', 'after'}
end

local members = redis.call('ZRANGEBYLEX', offers,
                           after == '' and '-' or '(' .. after, '+',
                           'LIMIT', 0, PAGE)
local page = {}

for i, member in ipairs(members) do
    local offer = member:sub(14)
    local o = offer_read(prefix .. 'o:' .. offer) or corrupt(offers, member)
    page[i] = offer_reply({}, offer, o)
end

return {200, 0, page, members[#members] or after,
        #members == PAGE and 1 or 0}
