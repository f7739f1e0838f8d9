--include check
--include clock

-- A certificate of hours is a snapshot: a hash at ct:CODE of content, issued
-- and signature.  The signature comes behind, from who has the key; without
-- one it is no certificate yet.  The codes of a volunteer's certificates are a
-- list at cl:VOLUNTEER.
--
-- The content is lines of values with tabs between: volunteer, from, to, issuer
-- and minutes; then of each activity its id or '', the org that recorded it or
-- '' for the district, and minutes.

local CERTIFICATES_MAX = 100    -- of a volunteer; a new one replaces the first

-- the district of a prefix, "vol:{district}:"
local function district_of(prefix)
    return prefix:match('{(.*)}')
end

-- what is signed
local function certificate_text(prefix, code, c)
    return district_of(prefix) .. '\t' .. code .. '\t'
           .. string.format('%d', c.issued) .. '\n' .. c.content
end

-- the certificate of a code, or nil
local function certificate_read(key)
    local f = redis.call('HMGET', key, 'content', 'issued', 'signature')
    if not f[1] then
        return absent(key, 'content')
    end
    return {
        content = f[1], issued = natural(f[2], nil, key, 'issued'),
        signature = f[3]
    }
end

-- the certificate as a reply, behind what is signed and the signature
local function certificate_reply(prefix, key, code, c)
    local volunteer, from, to, issuer, minutes, rest = c.content:match(
        '^([%w._-]+)\t(%d+)\t(%d+)\t([%w._-]+)\t(%d+)\n(.*)$')
    if not volunteer then
        corrupt(key, 'content')
    end
    local activities = {}
    for activity, recorder, n in rest:gmatch('([%w._-]*)\t([%w._-]*)\t(%d+)\n')
    do
        activities[#activities + 1] = {
            activity, recorder ~= '' and recorder or district_of(prefix),
            tonumber(n), floor(n / 60)
        }
    end
    return {
        200, 0, certificate_text(prefix, code, c), c.signature or '', code,
        volunteer, tonumber(from), tonumber(to), issuer, c.issued,
        tonumber(minutes), floor(minutes / 60), activities
    }
end
