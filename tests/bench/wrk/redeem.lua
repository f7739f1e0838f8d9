-- Every request redeems one offer for a volunteer drawn by lot, with an
-- Idempotency-Key of its own.
--
--     wrk -s redeem.lua URL -- OFFER VOLUNTEERS [PAUSE [FORMAT]]
--
-- Volunteers are called 1, 2, 3... as FORMAT writes them; PAUSE is that of
-- pause.lua.

require 'told'
require 'pause'

local offer, volunteers, format, key, sent, head

function init(args)
    offer, volunteers = args[1], tonumber(args[2])
    format = args[4] or '%d'
    pause(tonumber(args[3] or 0))

    math.randomseed(os.time())
    key = string.format('%d-%d-', os.time(), math.random(1e9))
    sent = 0
    head = 'POST /points/offers/' .. offer .. '/redemptions HTTP/1.1\r\n'
           .. 'Host: bench\r\nContent-Type: application/json\r\n'
           .. 'Content-Length: 2\r\nX-Role: volunteer\r\nX-User: '
end

function request()
    sent = sent + 1
    return head .. format:format(math.random(volunteers))
           .. '\r\nIdempotency-Key: ' .. key .. sent .. '\r\n\r\n{}'
end
