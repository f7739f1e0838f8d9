-- pause(ms): a client waits so long, on average, between an answer and its
-- next request; how long each time is drawn from an exponential distribution,
-- so that the requests of all clients together come at random.

function pause(ms)
    if ms > 0 then
        function delay()
            return math.floor(-ms * math.log(1 - math.random()) + 0.5)
        end
    end
end
