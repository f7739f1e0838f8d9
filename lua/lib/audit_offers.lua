--include offer
--include audit

-- The stock of each offer must be what the entries made of it.

local OFFERS_PAGE = 100

local function offer_compare(a, offer, member)
    local key = a.prefix .. 'o:' .. offer
    local f = redis.call('HMGET', key, 'stock', 'price')
    local expected = redis.call('HGET', audit_key(a, 'stock'), offer) or 0
    if not f[1] then
        audit_found(a, 'offer', offer, 'stock', expected, '',
                    'there is no such offer')
        return
    end
    audit_equal(a, 'offer', offer, 'stock', expected, f[1])
    if member and f[2] and member ~= offer_member(f[2], offer) then
        audit_found(a, 'offer', offer, 'price', member:sub(1, 12), f[2],
                    'is in the list of offers with another price')
    end
end

-- first those of the list, by price and id; true when there are no more
local function offers_listed(a)
    local from = a.cursor == '' and '-' or '(' .. a.cursor
    local members = redis.call('ZRANGEBYLEX', a.prefix .. 'offers', from, '+',
                               'LIMIT', 0, OFFERS_PAGE)
    for _, member in ipairs(members) do
        audit_try(a, 'offer', member:sub(14), offer_compare, a, member:sub(14),
                  member)
    end
    redis.call('HINCRBY', a.key, 'offers', #members)
    if #members < OFFERS_PAGE then
        audit_set(a, 'part', 'stocks', 'cursor', 0)
    else
        audit_set(a, 'cursor', members[#members])
    end
end

-- then those that entries name, and the list does not
local function offers_unlisted(a)
    local page = redis.call('HSCAN', audit_key(a, 'stock'), a.cursor, 'COUNT',
                            OFFERS_PAGE)
    for i = 1, #page[2], 2 do
        local offer = page[2][i]
        local price = redis.call('HGET', a.prefix .. 'o:' .. offer, 'price')
        if not price or not redis.call('ZSCORE', a.prefix .. 'offers',
                                       offer_member(price, offer))
        then
            audit_found(a, 'offer', offer, 'offers', '', '',
                        'is not in the list of offers')
            audit_try(a, 'offer', offer, offer_compare, a, offer)
        end
    end
    audit_set(a, 'cursor', page[1])
    return page[1] == '0'
end

local function offers_begin(a)
    audit_set(a, 'cursor', '', 'part', 'list')
end

local function offers_step(a)
    if a.part == 'list' then
        return offers_listed(a)
    end
    return offers_unlisted(a)
end
