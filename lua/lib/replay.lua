-- A write that carries an Idempotency-Key leaves a record: the fingerprint of
-- what was asked (20 bytes) and the reply.  A refusal changes nothing and
-- leaves none.  Without a key the fingerprint is empty.

-- the reply to give again, a refusal, or nil when the key is new
local function replay(record, fingerprint)
    if fingerprint == '' then
        return nil
    end
    local kept = redis.call('GET', record)
    if not kept then
        return nil
    end
    if #kept < 20 then
        error('CORRUPT ' .. record, 0)
    end
    if kept:sub(1, 20) ~= fingerprint then
        return {'idempotency-key-reused', '', 'Idempotency-Key'}
    end
    local reply = cmsgpack.unpack(kept:sub(21))
    reply[2] = 1
    return reply
end

-- keeps the reply, for window seconds unless that is nil, and returns it
local function remember(record, fingerprint, window, reply)
    if fingerprint == '' then
        return reply
    end
    local kept = fingerprint .. cmsgpack.pack(reply)
    if window then
        redis.call('SET', record, kept, 'EX', window)
    else
        redis.call('SET', record, kept)
    end
    return reply
end
