-- A write that carries an Idempotency-Key leaves a record: the fingerprint of
-- what was asked (20 bytes) and the reply.  A refusal changes nothing and
-- leaves none.  Without a key the fingerprint is empty.
--
-- The record of an import's line is a field of a hash that it shares with
-- others: 8 bytes of the fingerprint alone, for an import shows no reply.

-- the hash and the field of a line's record
local function record_of_line(record)
    return record:match('^(.*:k:%x%x%x%x):(.+)$')
end

-- the reply to give again, a refusal, or nil when the key is new
local function replay(record, fingerprint)
    if fingerprint == '' then
        return nil
    end
    local bucket, field = record_of_line(record)
    if bucket then
        local kept = redis.call('HGET', bucket, field)
        if kept and kept ~= fingerprint:sub(1, 8) then
            return {'idempotency-key-reused', '', 'key'}
        end
        return kept and {200, 1}
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
    local bucket, field = record_of_line(record)
    if bucket then
        redis.call('HSET', bucket, field, fingerprint:sub(1, 8))
        redis.call('EXPIRE', bucket, window)
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
