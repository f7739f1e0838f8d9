-- GET /export?what=certificates, and what=registry: a page of certificates, as
-- they are stored, volunteer by volunteer in the order of their registration.
-- KEYS   volunteers
-- ARGV   prefix after
-- reply  200, the certificates, the last one's place, more
-- or     invalid-field(after)

--include certificate

local PAGE = 50
local VOLUNTEERS = 200      -- that are looked at

local volunteers = keys()
local prefix, after = arguments()

local first, from = after:match('^(%d+):(%d+)$')
if after ~= '' and (not first or #first > 12 or #from > 3) then
    return {'invalid-field', 'is not the after of an export', 'after'}
end
first, from = tonumber(first) or 0, tonumber(from) or 0

local ids = redis.call('LRANGE', volunteers, first, first + VOLUNTEERS - 1)
local page = {}

-- what was not signed yet is no certificate
local function certificate(code)
    local key = prefix .. 'ct:' .. code
    local c = certificate_read(key)
    if not c or not c.signature then
        return
    end
    local reply = certificate_reply(prefix, key, code, c)
    page[#page + 1] = {
        code, reply[6], reply[7], reply[8], reply[9], c.issued, reply[11],
        reply[12], c.signature, (c.content:gsub('\t', ' '):gsub('\n', ';'))
    }
end

for i, volunteer in ipairs(ids) do
    local codes = redis.call('LRANGE', prefix .. 'cl:' .. volunteer, from, -1)
    for n, code in ipairs(codes) do
        if #page == PAGE then
            return {200, 0, page, string.format('%d:%d', first + i - 1,
                                                from + n - 1), 1}
        end
        certificate(code)
    end
    from = 0
end

return {200, 0, page,
        #ids > 0 and string.format('%d:0', first + #ids) or after,
        #ids == VOLUNTEERS and 1 or 0}
