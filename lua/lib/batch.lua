-- What every script begins with.  Calls of a script that came together are run
-- by one EVALSHA, one after the other and each by itself: one that finds what
-- it must not ends with an error of its own, before its first write, and its
-- neighbours are done.
--
-- KEYS   those of each call
-- ARGV   calls (below zero in a cluster), shared, so many arguments that are the
--        same for all calls, then each call's own
-- reply  the replies of the calls, packed (ngx_http_vol_unpack.c); of one that
--        failed, the text of its error
--
-- A script's head says KEYS, ARGV and reply of one call, and what is shared:
-- it has them from keys(), arguments() and shared().  The values of a reply are
-- a table.  Of a success they may be packed already, or a text with tabs
-- between them, nothing for one that is absent.

local at_end = {}

-- a write, and its argument, that comes once, when all calls are done: what it
-- writes to was looked at before
local function later(write, argument)
    at_end[#at_end + 1] = write
    at_end[#at_end + 1] = argument
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

local replies_made = {}

-- a reply that is the same for all calls which give it the same name
local function same_reply(name, make)
    local reply = replies_made[name]
    if not reply then
        reply = cmsgpack.pack(make())
        replies_made[name] = reply
    end
    return reply
end

-- Ends this call with a refusal, from wherever it is found: before the first
-- write, as with any.
local function refuse(...)
    error({refusal = {...}})
end

local nshared
local nkeys, key            -- of a call, and the first of this one
local nown, arg

-- the keys of this call
local function keys()
    return unpack(KEYS, key, key + nkeys - 1)
end

-- its own arguments
local function arguments()
    return unpack(ARGV, arg, arg + nown - 1)
end

-- the arguments that all calls share
local function shared()
    return unpack(ARGV, 3, 2 + nshared)
end

-- In a cluster, while the district's slot is on its way to another node, some
-- of its keys are here and some there: nothing may be read or written then.  A
-- key that nobody has tells, for a node that gives a slot away answers for
-- those alone that it still has.
local function whole()
    local none = KEYS[1]:match('^[^}]*}:') .. 'none'
    local reply = redis.pcall('EXISTS', none)
    return type(reply) == 'number'
end

local function run(call)
    local calls = tonumber(ARGV[1])
    local replies = {}
    if calls < 0 then
        if not whole() then
            return redis.error_reply('TRYAGAIN the slot is on its way')
        end
        calls = 0 - calls
    end
    nshared = tonumber(ARGV[2])
    nkeys, nown = #KEYS / calls, (#ARGV - 2 - nshared) / calls
    key, arg = 1, 3 + nshared

    for n = 1, calls do
        local ok, reply = pcall(call)
        if not ok then
            -- Redis before 7 hides the code of an error somewhere in its text
            reply = type(reply) == 'table' and (reply.refusal or reply.err)
                    or tostring(reply)
            if type(reply) == 'string' and not reply:find('^%u+ ') then
                reply = 'ERR ' .. reply
            end
        end
        replies[n] = reply
        key, arg = key + nkeys, arg + nown
    end
    for i = 1, #at_end, 2 do
        at_end[i](at_end[i + 1])
    end
    return cmsgpack.pack(replies)
end
