-- What comes behind get_certificate.lua for one that is new, or was signed by a
-- key that is none any more: its signature, in place of the one before or ''.
-- KEYS   certificate
-- ARGV   code signature before
-- reply  200

--include certificate

local key = keys()
local _, signature, before = arguments()

local c = certificate_read(key)
if c and (c.signature or '') == before then
    redis.call('HSET', key, 'signature', signature)
end

return {200, 0}
