-- A line of an import that is a certificate: what it says and its signature, as
-- they were.  Whether the signature is right is seen when somebody checks it.
-- KEYS   certificate codes account
-- ARGV   code volunteer issued content signature
-- reply  201, or 200, 1 when it is so already
-- or     not-found(volunteer) limit-reached
--        invalid-field(code, issued, content, signature)

--include certificate
--include restored

local ACTIVITIES = 200

local key, list, account_key = keys()
local code, volunteer, issued, content, signature = arguments()

issued = tonumber(issued)
content = content:gsub(' ', '\t'):gsub(';', '\n')

-- whether it says what a certificate says
local function well_formed()
    local who, from, to, issuer, minutes, rest = content:match(
        '^([%w._-]+)\t(%d+)\t(%d+)\t([%w._-]+)\t(%d+)\n(.*)$')
    if who ~= volunteer or not number_of(from) or not number_of(to)
        or not number_of(minutes) or tonumber(from) > tonumber(to)
    then
        return false
    end
    local n, sum = 0, 0
    for line in rest:gmatch('[^\n]*\n') do
        local served = number_of(line:match(
            '^[%w._-]*\t[%w._-]*\t(%d+)\n$') or '')
        if not served or served == 0 then
            return false
        end
        n, sum = n + 1, sum + served
    end
    return n > 0 and n <= ACTIVITIES and sum == tonumber(minutes)
           and rest:sub(-1) == '\n'
end

if not well_formed() then
    return {'invalid-field', 'is not what a certificate of that volunteer says',
            'content'}
end
if issued > now() then
    return {'invalid-field', 'is in the future', 'issued'}
end
if #signature ~= 64 or not signature:find('^[0-9a-f]+$') then
    return {'invalid-field', 'must be 64 hexadecimal digits', 'signature'}
end
if not redis.call('HGET', account_key, 'kind') then
    return {'not-found', '', 'volunteer'}
end
if is_erased(account_key:sub(1, -3 - #volunteer), volunteer) then
    return {200, 1}
end
local there = certificate_read(key)
if there then
    return there.content == content and there.issued == issued
           and there.signature == signature and {200, 1}
           or {'invalid-field', CONTRADICTS, 'code'}
end
if redis.call('LLEN', list) >= CERTIFICATES_MAX then
    return {'limit-reached', 'a volunteer has ' .. CERTIFICATES_MAX}
end

redis.call('HSET', key, 'content', content, 'issued', digits[issued],
           'signature', signature)
redis.call('RPUSH', list, code)

return {201, 0}
