-- GET /offers/{offer}
-- KEYS   offer
-- ARGV   offer
-- reply  200, the offer
-- or     not-found

--include offer

local o = offer_read(KEYS[1])

if not o then
    return {'not-found'}
end

return offer_reply({200, 0}, ARGV[1], o)
