-- What a script reads must be what the scripts wrote; anything else ends it
-- with an error before its first write.

local POINTS_MAX = 1000000000000
local find = string.find

-- a voucher's code is no matter for a log
local function corrupt(key, field)
    error('CORRUPT ' .. key:gsub(':x:.*', ':x:') .. ' ' .. field, 0)
end

-- value as an integer; absent is what stands for a field that is not there
local function integer(value, absent, key, field)
    if value then
        if value == '0' or #value <= 15 and find(value, '^-?[1-9]%d*$') then
            return value + 0
        end
    elseif absent ~= nil then
        return absent
    end
    corrupt(key, field)
end

-- the same, and never below zero
local function natural(value, absent, key, field)
    if value then
        if value == '0' or #value <= 15 and find(value, '^[1-9]%d*$') then
            return value + 0
        end
    elseif absent ~= nil then
        return absent
    end
    corrupt(key, field)
end

-- value as an id, or as several with commas between
local function id(value, key, field)
    if not value or not find(value, '^[%w._,-]+$') then
        corrupt(key, field)
    end
    return value
end

-- value as UTF-8, for a reply of anything else is lost after it was done
local function utf8(value, key, field)
    local rest = value or '\255'
    for _, character in ipairs({
        '[\194-\223][\128-\191]', '\224[\160-\191][\128-\191]',
        '\237[\128-\159][\128-\191]',
        '[\225-\236\238\239][\128-\191][\128-\191]',
        '\240[\144-\191][\128-\191][\128-\191]',
        '[\241-\243][\128-\191][\128-\191][\128-\191]',
        '\244[\128-\143][\128-\191][\128-\191]'
    }) do
        rest = rest:gsub(character, ' ')
    end
    if rest:find('[\128-\255]') then
        corrupt(key, field)
    end
    return value
end

-- for a hash without the field that all of its kind have
local function absent(key, field)
    if redis.call('EXISTS', key) == 1 then
        corrupt(key, field)
    end
    return nil
end

local function of_type(key, expected)
    local found = redis.call('TYPE', key).ok
    if found ~= expected and found ~= 'none' then
        corrupt(key, 'is a ' .. found)
    end
end

local types_seen = {}

-- the same for a key of the whole district, at which a batch looks once
local function of_type_once(key, expected)
    if types_seen[key] ~= expected then
        of_type(key, expected)
        types_seen[key] = expected
    end
end
