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
    if kept:sub(1, 20) ~= fingerprint then
        return {'idempotency-key-reused', '', 'Idempotency-Key'}
    end
    local reply = cmsgpack.unpack(kept:sub(21))
    reply[2] = 1
    return reply
end

-- keeps the reply for window seconds and returns it
local function remember(record, fingerprint, window, reply)
    if fingerprint ~= '' then
        redis.call('SET', record, fingerprint .. cmsgpack.pack(reply),
                   'EX', window)
    end
    return reply
end
