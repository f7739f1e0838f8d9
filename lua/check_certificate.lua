-- GET /certificates/{code}: what a certificate says; for anybody.
-- KEYS   certificate
-- ARGV   prefix code
-- reply  200, what is signed, the signature, the certificate
-- or     not-found

--include certificate

local key = keys()
local prefix, code = arguments()

local c = certificate_read(key)
if not c or not c.signature then
    return {'not-found', 'there is no such certificate', 'code'}
end

return certificate_reply(prefix, key, code, c)
