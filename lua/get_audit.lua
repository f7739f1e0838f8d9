-- GET /audit: where the last audit is, and a page of what it found.
-- KEYS   audit found
-- ARGV   prefix limit after
-- reply  200, where it is, the findings, next or false
-- or     not-found invalid-field(after)

--include audit_reply

local PAGE = 20

local key, found = keys()
local prefix, limit, after = arguments()

local a = audit_open(prefix)
if not a.state then
    return {'not-found', 'there was no audit yet'}
end

limit = tonumber(limit) or PAGE
local from = after == '' and 0 or tonumber(after)
if not from or from < 0 or #after > 12 or from % 1 ~= 0 then
    return {'invalid-field', 'is not the next of a page', 'after'}
end

local findings = {}
local texts = redis.call('LRANGE', found, from, from + limit)
for i = 1, math.min(limit, #texts) do
    local f = cjson.decode(texts[i])
    findings[i] = {f.what, f.id or '', f.field or '', f.expected or '',
                   f.found or '', f.detail or ''}
end

return audit_reply({200, 0}, a, findings,
                   #texts > limit and tostring(from + limit))
