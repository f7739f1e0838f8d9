-- Whether a worker has the lease at key, or gets it, for so many milliseconds
-- from now; token is the worker's own.
local function leased(key, token, ms)
    if redis.call('GET', key) == token then
        redis.call('PEXPIRE', key, ms)
        return true
    end
    return redis.call('SET', key, token, 'NX', 'PX', ms) and true
end
