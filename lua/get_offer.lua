-- GET /offers/{offer}: what a merchant offers for points.
-- KEYS   offer
-- ARGV   offer
-- reply  200, the offer
-- or     not-found

--include offer

local key = keys()
local offer = arguments()

local o = offer_read(key)

if not o then
    return {'not-found'}
end

return offer_reply({200, 0}, offer, o)
