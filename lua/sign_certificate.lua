-- What comes behind get_certificate.lua for one that is new: its signature.
-- KEYS   certificate
-- ARGV   code signature
-- reply  200

--include certificate

local key = keys()
local code, signature = arguments()

local c = certificate_read(key)
if c and not c.signature then
    redis.call('HSET', key, 'signature', signature)
end

return {200, 0}
