-- The load of a portal: four of five requests read, three of twenty redeem, one
-- of twenty records hours.  Latencies are told by kind, as counts of answers by
-- the logarithm of their microseconds.
--
--     wrk -s mixed.lua URL -- VOLUNTEERS DATE STEPS PAUSE
--
-- STEPS are those that a factor of e has; PAUSE is that of pause.lua.
--
-- wrk does not say which request an answer belongs to: the server gives back
-- the header X-Sent.  Nor can done() take tables from a thread: it is told where in
-- memory the counts are.

require 'told'
require 'pause'

local ffi = require 'ffi'
ffi.cdef [[
    typedef struct { long sec, nsec; } vol_time;
    int clock_gettime(int clock, vol_time *time);
]]

local MONOTONIC = 1
local MOST_STEPS = 2000
local time = ffi.new('vol_time')
local volunteers, date, steps, key, sent
local threads = {}

local function now()
    ffi.C.clock_gettime(MONOTONIC, time)
    return tonumber(time.sec) * 1e6 + tonumber(time.nsec) / 1e3
end

-- paths and who asks have the volunteer's id behind them, or in between

local function read(before, after)
    return function(id)
        return 'GET /points/' .. before .. (after and id .. after or '')
               .. ' HTTP/1.1\r\nX-Role: volunteer\r\nX-User: ' .. id, ''
    end
end

local function redemption(id)
    return 'POST /points/offers/bench/redemptions HTTP/1.1\r\n'
           .. 'Content-Type: application/json\r\nIdempotency-Key: '
           .. key .. sent .. '\r\nX-Role: volunteer\r\nX-User: ' .. id, '{}'
end

local function hours(id)
    return 'POST /points/volunteers/' .. id .. '/hours HTTP/1.1\r\n'
           .. 'Content-Type: application/json\r\nIdempotency-Key: '
           .. key .. sent .. '\r\nX-Role: organizer\r\nX-User: li\r\n'
           .. 'X-Scope: street', '{"minutes":15,"on":"' .. date .. '"}'
end

-- kind, how many of a hundred, and what it asks for
local kinds = {
    {'me', 40, read('me')},
    {'offers', 25, read('offers?limit=20')},
    {'ledger', 15, read('volunteers/', '/ledger?limit=20')},
    {'redemption', 15, redemption},
    {'hours', 5, hours}
}
local number_of = {}
local of_hundred = {}
local counts = ffi.new('double[?]', #kinds * MOST_STEPS)
counts_at = tonumber(ffi.cast('uintptr_t', ffi.cast('void *', counts)))

function setup(thread)
    threads[#threads + 1] = thread
end

function init(args)
    volunteers, date, steps = tonumber(args[1]), args[2], tonumber(args[3])
    pause(tonumber(args[4]))
    math.randomseed(os.time())
    key = string.format('%d-%d-', os.time(), math.random(1e9))
    sent = 0
    for i, kind in ipairs(kinds) do
        number_of[kind[1]] = i - 1
        for _ = 1, kind[2] do
            of_hundred[#of_hundred + 1] = kind
        end
    end
end

function request()
    local kind = of_hundred[math.random(100)]
    sent = sent + 1
    local head, body = kind[3](math.random(volunteers))
    return head .. '\r\nHost: bench\r\nContent-Length: ' .. #body
           .. '\r\nX-Sent: ' .. kind[1] .. ' ' .. string.format('%.0f', now())
           .. '\r\n\r\n' .. body
end

function response(status, headers)
    local kind, at = headers['X-Sent']:match('(%l+) (%d+)')
    local step = math.floor(math.log(now() - at + 1) * steps)
    local i = number_of[kind] * MOST_STEPS + math.min(step, MOST_STEPS - 1)
    counts[i] = counts[i] + 1
end

local function shown(told, of_kind)
    local list = {}
    for step = 0, MOST_STEPS - 1 do
        local n = told[of_kind * MOST_STEPS + step]
        if n > 0 then
            list[#list + 1] = string.format('"%d":%d', step, n)
        end
    end
    return '{' .. table.concat(list, ',') .. '}'
end

function more()
    local at = ffi.cast('uintptr_t', threads[1]:get('counts_at'))
    local told = ffi.cast('double *', at)
    local list = {}
    for i, kind in ipairs(kinds) do
        list[i] = '"' .. kind[1] .. '":' .. shown(told, i - 1)
    end
    return '"counts":{' .. table.concat(list, ',') .. '}'
end
