-- The code that an organizer's screen shows: RFC 6238 with HMAC-SHA-1, steps of
-- 30 seconds and 8 digits.  A script makes it, so that the secret never leaves
-- Redis and a code is judged where the check-in is written, by the same clock.

local CODE_STEP = 30
local CODE_DIGITS = 8

local function bytes_of(hex)
    return (hex:gsub('%x%x', function(byte)
        return string.char(tonumber(byte, 16))
    end))
end

local pads = {}

-- what HMAC (RFC 2104) begins with for a key of 64 bytes at most: the inner pad
-- and the outer one
local function pads_of(key)
    if not pads[key] then
        local inner, outer = {}, {}
        for i = 1, 64 do
            local byte = key:byte(i) or 0
            inner[i] = string.char(bit.bxor(byte, 0x36))
            outer[i] = string.char(bit.bxor(byte, 0x5c))
        end
        pads[key] = {inner = table.concat(inner), outer = table.concat(outer)}
    end
    return pads[key]
end

-- the HMAC-SHA-1, as hexadecimal digits
local function hmac_sha1(key, text)
    local pad = pads_of(key)
    return redis.sha1hex(pad.outer
                         .. bytes_of(redis.sha1hex(pad.inner .. text)))
end

local codes = {}

-- the code of a step, made once for all calls of a batch
local function code_at(secret, step)
    local name = secret .. step
    if not codes[name] then
        local digest = hmac_sha1(bytes_of(secret),
                                 bytes_of(string.format('%016x', step)))
        local offset = tonumber(digest:sub(40), 16) * 2
        local n = tonumber(digest:sub(offset + 1, offset + 8), 16) % 2^31
        codes[name] = string.format('%0' .. CODE_DIGITS .. 'd',
                                    n % 10^CODE_DIGITS)
    end
    return codes[name]
end

-- Whether a code is that of a time, or of the step before or after.  How long
-- that takes does not tell how much of it is right.
local function code_matches(secret, code, time)
    local matches = 0
    for step = -1, 1 do
        local expected = code_at(secret, floor(time / CODE_STEP) + step)
        local differs = bit.bxor(#code, CODE_DIGITS)
        for i = 1, CODE_DIGITS do
            differs = bit.bor(differs, bit.bxor(expected:byte(i),
                                                code:byte(i) or 0))
        end
        matches = bit.bor(matches, differs == 0 and 1 or 0)
    end
    return matches == 1
end
