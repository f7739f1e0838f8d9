-- What every script begins with.  Calls of a script that came together are run
-- by one EVALSHA, one after the other and each by itself: one that finds what
-- it must not ends with an error of its own, before its first write, and its
-- neighbours are done.
--
-- KEYS   those of each call
-- ARGV   calls shared, so many arguments that are the same for all calls, then
--        each call's own; in a script's ARGV the shared ones stand last
-- reply  the replies of the calls

local at_end = {}

-- a write that comes once, when all calls are done: what it writes to was
-- looked at before
local function later(write)
    at_end[#at_end + 1] = write
end

-- an error that was caught, as an error reply; Redis before 7 has a text, in
-- which the code stands somewhere
local function failed(why)
    local text = type(why) == 'table' and why.err or tostring(why)
    return {err = (text:find('^%u+ ') and text or 'ERR ' .. text)}
end

local function run(call)
    local calls, shared = tonumber(ARGV[1]), tonumber(ARGV[2])
    local own = (#ARGV - 2 - shared) / calls
    local nkeys = #KEYS / calls
    local replies = {}
    for n = 1, calls do
        local keys = {unpack(KEYS, (n - 1) * nkeys + 1, n * nkeys)}
        local last = 2 + shared + n * own
        local argv = {unpack(ARGV, last - own + 1, last)}
        for i = 1, shared do
            argv[own + i] = ARGV[2 + i]
        end
        local ok, reply = pcall(call, keys, argv)
        replies[n] = ok and reply or failed(reply)
    end
    for _, write in ipairs(at_end) do
        write()
    end
    return replies
end
