-- Every request asks for one path, as a volunteer drawn by lot.
--
--     wrk -s get.lua URL -- PATH VOLUNTEERS

require 'told'

local requests = {}

function init(args)
    for id = 1, tonumber(args[2]) do
        requests[id] = 'GET ' .. args[1] .. ' HTTP/1.1\r\nHost: bench\r\n'
                       .. 'X-Role: volunteer\r\nX-User: ' .. id .. '\r\n\r\n'
    end
    math.randomseed(os.time())
end

function request()
    return requests[math.random(#requests)]
end
