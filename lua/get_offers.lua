-- GET /offers: a page of offers by price, then id.  With affordable only what
-- the caller could redeem now; such a page looks at SCAN offers at most and
-- may be short, or empty, with a next.
-- KEYS   offers account
-- ARGV   prefix user merchant affordable limit after
-- shared utc_offset stars redemptions
-- reply  200, the offers, next or false
-- or     erased invalid-field(after, affordable)

--include account
--include offer
--include periods

local SCAN = 500
local PAGE = 20

local index, account_key = keys()
local prefix, user, merchant, affordable, limit, after = arguments()
local utc_offset, stars, redemptions = shared()

limit = tonumber(limit) or PAGE
if merchant ~= '' then
    index = prefix .. 'm:' .. merchant .. ':offers'
end

local from = '-'
if after ~= '' then
    if not after:find('^%d%d%d%d%d%d%d%d%d%d%d%d:') then
        return {'invalid-field', 'is not the next of a page', 'after'}
    end
    from = '(' .. after
end

local may
local to = '+'
if affordable == '1' then
    local time = now()
    local today = today_at(utc_offset)
    local a = account_read(account_key, user, today)
    if not a then
        return {'invalid-field', 'the caller has no account', 'affordable'}
    end

    local tier = stars_of(a.earned, in_force(stars, today))
    to = '(' .. offer_member(math.max(a.balance + 1, 0), '')
    may = function(o, offer)
        local taken = prefix .. 'p:' .. offer
        return o.stock > 0 and o.min_stars <= tier and a.frozen == 0
               and (not o.starts or o.starts <= time)
               and (not o.ends or o.ends > time)
               and (not o.per_person
                    or natural(redis.call('HGET', taken, a.id), 0, taken,
                               'count') < o.per_person)
               and periods_allow(prefix .. 'r:' .. a.id, redemptions, offer,
                                 today)
    end
end

local function page()
    local members = redis.call('ZRANGEBYLEX', index, from, to, 'LIMIT', 0,
                               may and SCAN or limit + 1)
    local offers = {}
    local next_page = #members == SCAN and may and members[SCAN]

    for i, member in ipairs(members) do
        if #offers == limit then
            next_page = members[i - 1]
            break
        end
        local offer = member:sub(14)
        local o = offer_shared(prefix .. 'o:' .. offer)
                  or corrupt(index, member)
        if not may or may(o, offer) then
            offers[#offers + 1] = offer_reply({}, offer, o)
        end
    end

    return {200, 0, offers, next_page}
end

return may and page()
       or same_reply(index .. ' ' .. from .. ' ' .. limit, page)
