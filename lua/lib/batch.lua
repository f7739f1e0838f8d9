-- What every script begins with.  Calls of a script that came together are run
-- by one EVALSHA, one after the other and each by itself: one that finds what
-- it must not ends with an error of its own, before its first write, and its
-- neighbours are done.
--
-- KEYS   those of each call
-- ARGV   calls shared, so many arguments that are the same for all calls, then
--        each call's own; in a script's ARGV the shared ones stand last
-- reply  the replies of the calls, packed (ngx_http_vol_unpack.c); of one that
--        failed, the text of its error

local at_end = {}

-- a write, and its argument, that comes once, when all calls are done: what it
-- writes to was looked at before
local function later(write, argument)
    at_end[#at_end + 1] = {write, argument}
end

local pushed = {}

local function push_all(key)
    redis.call('RPUSH', key, unpack(pushed[key]))
end

-- puts a value at the end of a list of the district, when all calls are done
local function push_later(key, value)
    local values = pushed[key]
    if values then
        values[#values + 1] = value
    else
        pushed[key] = {value}
        later(push_all, key)
    end
end

-- the text of an error that was caught; Redis before 7 hides its code somewhere
-- in it
local function failed(why)
    local text = type(why) == 'table' and why.err or tostring(why)
    return text:find('^%u+ ') and text or 'ERR ' .. text
end

local function run(call)
    local calls, shared = tonumber(ARGV[1]), tonumber(ARGV[2])
    local nkeys, own = #KEYS / calls, (#ARGV - 2 - shared) / calls
    local replies = {}

    -- the same two tables for all calls: a call that ended needs them no more
    local keys, argv = {unpack(KEYS, 1, nkeys)}, {unpack(ARGV, 3)}
    for i = 1, shared do
        argv[own + i] = ARGV[2 + i]
    end
    argv[own + shared + 1] = nil

    for n = 1, calls do
        local key, arg = (n - 1) * nkeys, 2 + shared + (n - 1) * own
        for i = 1, nkeys do
            keys[i] = KEYS[key + i]
        end
        for i = 1, own do
            argv[i] = ARGV[arg + i]
        end
        local ok, reply = pcall(call, keys, argv)
        replies[n] = ok and reply or failed(reply)
    end
    for _, write in ipairs(at_end) do
        write[1](write[2])
    end
    return cmsgpack.pack(replies)
end
