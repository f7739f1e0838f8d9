--include replay
--include voucher

-- The record of a redemption's Idempotency-Key: 8 bytes of the fingerprint, and
-- the code of the voucher, which says the rest.

local function voucher_record(code, fingerprint)
    return fingerprint:sub(1, 8) .. code
end

-- the reply to give again, or a refusal; kept is of either place
local function redeemed(record, kept, fingerprint)
    if #kept ~= REDEEMED or kept:sub(1, 8) ~= fingerprint:sub(1, 8) then
        return {'idempotency-key-reused', '', 'Idempotency-Key'}
    end
    local code = kept:sub(9)
    local v = voucher_read(record:match('^(.*:)i:') .. 'x:' .. code)
    if not v or v.record ~= record_field(record) then
        corrupt(record, 'voucher')
    end
    v.state = 'issued'
    local reply = voucher_reply(201, code, v, v.volunteer, v.balance)
    reply[2] = 1
    return reply
end
