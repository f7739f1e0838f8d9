-- What a script reads must be what the scripts wrote; anything else ends it
-- with an error before its first write.

local POINTS_MAX = 1000000000000

local function corrupt(key, field)
    error('CORRUPT ' .. key:gsub(':x:.*', ':x:') .. ' ' .. field, 0)
end

-- value as an integer; absent is what stands for a field that is not there
local function integer(value, absent, key, field)
    if not value then
        if absent == nil then
            corrupt(key, field)
        end
        return absent
    end
    if #value > 15 or not value:find('^-?%d+$') then
        corrupt(key, field)
    end
    return tonumber(value)
end

-- fields of a hash to be counted in: integers, or not there yet
local function counters(key, ...)
    local values = redis.call('HMGET', key, ...)
    for i, field in ipairs({...}) do
        integer(values[i], 0, key, field)
    end
end

local function of_type(key, expected)
    local found = redis.call('TYPE', key).ok
    if found ~= expected and found ~= 'none' then
        corrupt(key, 'is a ' .. found)
    end
end
