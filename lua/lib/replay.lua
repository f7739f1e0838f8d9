--include voucher_text

-- A write that carries an Idempotency-Key leaves a record: the fingerprint of
-- what was asked (20 bytes) and the reply.  A refusal changes nothing and
-- leaves none.  Without a key the fingerprint is empty.
--
-- The record of a redemption is 8 bytes of the fingerprint and the code of its
-- voucher, from which the reply is made again.  While the voucher is open it
-- stands beside it, as a field of their bucket (lib/voucher_text.lua).
--
-- The record of an import's line is a field of a hash that it shares with
-- others: 8 bytes of the fingerprint alone, for an import shows no reply.

-- the hash and the field of a line's record
local function record_of_line(record)
    return record:match('^(.*:k:%x%x%x%x):(.+)$')
end

local REDEEMED = 8 + CODE

-- the field of a redemption's record in its bucket: how its key ends
local function record_field(record)
    return record:sub(-16)
end

-- a record, or nil
local function record_read(record)
    local kept = redis.call('GET', record)
    if kept and #kept < 20 then
        error('CORRUPT ' .. record, 0)
    end
    return kept
end

-- what a bucket has for a record, or nil
local function bucket_record(kept, bucket)
    if kept and #kept ~= REDEEMED then
        error('CORRUPT ' .. bucket .. ' record', 0)
    end
    return kept
end

-- the reply to give again, a refusal, or nil when the key is new; bucket is
-- where the record of a redemption with that key would be
local function replay(record, fingerprint, bucket)
    if fingerprint == '' then
        return nil
    end
    local hash, field = record_of_line(record)
    if hash then
        local kept = redis.call('HGET', hash, field)
        if kept and kept ~= fingerprint:sub(1, 8) then
            return {'idempotency-key-reused', '', 'key'}
        end
        return kept and {200, 1}
    end
    local kept = record_read(record)
                 or bucket_record(redis.call('HGET', bucket,
                                             record_field(record)), bucket)
    if not kept then
        return nil
    end
    if #kept == REDEEMED or kept:sub(1, 20) ~= fingerprint then
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
    local hash, field = record_of_line(record)
    if hash then
        redis.call('HSET', hash, field, fingerprint:sub(1, 8))
        redis.call('EXPIRE', hash, window)
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
