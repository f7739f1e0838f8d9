-- wrk: every request redeems one offer for one of 1,000 volunteers, each with
-- an Idempotency-Key of its own
--
--     wrk -s redeem.lua URL [-- OFFER FORMAT [PAUSE]], the format that of the
--     volunteers' ids, the pause in milliseconds between a connection's requests

local threads = 0

function setup(thread)
    threads = threads + 1
    thread:set('id', threads)
end

function init(args)
    offer = args[1] or 'bench'
    volunteer = args[2] or '%d'
    if args[3] then
        local pause = tonumber(args[3])
        delay = function() return math.random(0, 2 * pause) end
    end
    math.randomseed(os.time() + id)
    run = string.format('%d-%d', os.time(), math.random(1000000000))
    sent = 0
end

function request()
    sent = sent + 1
    return wrk.format('POST', '/points/offers/' .. offer .. '/redemptions', {
        ['Content-Type'] = 'application/json',
        ['Idempotency-Key'] = run .. '-' .. id .. '-' .. sent,
        ['X-User'] = volunteer:format(math.random(1000)),
        ['X-Role'] = 'volunteer'
    }, '{}')
end

function response(status)
    if status ~= 201 and status ~= 200 then
        io.stderr:write('status ', status, '\n')
    end
end
