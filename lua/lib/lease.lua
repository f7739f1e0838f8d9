-- A duty off the request path is one worker's at a time: the one whose token
-- is in the duty's key, until that runs out.  The lease spares work; that no
-- work is done twice is for the scripts themselves to see to.

-- takes or renews the lease for so many milliseconds; false when it is
-- another's
local function leased(key, token, ms)
    if redis.call('SET', key, token, 'NX', 'PX', ms) then
        return true
    end
    if redis.call('GET', key) ~= token then
        return false
    end
    redis.call('SET', key, token, 'PX', ms)
    return true
end

local HELD = 60000          -- milliseconds that a duty rests

-- Keeps everyone from a duty from now on, and for a while after the last call;
-- true when it may have been done since the call before.
local function held(key)
    if redis.call('GET', key) == 'held'
        and redis.call('PTTL', key) > HELD / 2
    then
        return false
    end
    redis.call('SET', key, 'held', 'PX', HELD)
    return true
end
