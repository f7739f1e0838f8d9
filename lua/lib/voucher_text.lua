--include check
--include ledger

-- what stands in the way of using or cancelling a voucher
local voucher_closed = {
    used = 'voucher-used',
    cancelled = 'voucher-cancelled',
    expired = 'voucher-expired'
}

-- A voucher is what the entry of its redemption says, and a text: "ENTRY
-- RECORD", RECORD being "-" for none, with " STATE LAST" behind it when an
-- entry came since, LAST being the last one.
--
-- Open vouchers share hashes, their buckets, named by the first symbols of the
-- code: the rest of the code -> the text.  Beside it stands the record of the
-- Idempotency-Key that made it: RECORD -> 8 bytes of the fingerprint and the
-- code.  A voucher that ended has a key of its own, and so has the record.

local CODE = 18
local BUCKET = 3           -- of its symbols

-- the text of one that no entry came to since that of its redemption
local function voucher_text_new(entry, record)
    return entry .. ' ' .. (record or '-')
end

local function voucher_text(v)
    local text = voucher_text_new(v.entry, v.record)
    return v.last == v.entry and text
           or text .. ' ' .. v.state .. ' ' .. v.last
end

-- the same as a table, or nil
local function voucher_parse(text)
    local entry, record, rest = text:match('^(%d+%-%d+) ([%w_-]+)(.*)$')
    if not entry then
        return nil
    end
    local state, last = 'issued', entry
    if rest ~= '' then
        state, last = rest:match('^ (%l+) (%d+%-%d+)$')
    end
    if state ~= 'issued' and not voucher_closed[state] then
        return nil
    end
    return {entry = entry, record = record ~= '-' and record, state = state,
            last = last}
end

-- what the entry e of its redemption tells of a voucher; texts as Redis has
-- them
local function voucher_told(v, e, key, ledger)
    v.key = key
    v.offer = id(e.ref, ledger, 'ref')
    v.merchant = id(e.merchant, ledger, 'merchant')
    v.volunteer = id(e.volunteer, ledger, 'volunteer')
    v.price = 0 - integer(e.points, nil, ledger, 'points')
    if v.price < 0 then
        corrupt(ledger, 'points')
    end
    v.balance = integer(e.balance, nil, ledger, 'balance')
    v.issued = entry_seconds(v.entry)
    v.on = integer(e.on, nil, ledger, 'on')
    v.expires = natural(e.expires, nil, ledger, 'expires')
    v.counted = e.counted or corrupt(ledger, 'counted')
    return v
end

-- the bucket of a voucher and its field there; key is that of an ended one
local function voucher_place(key)
    local head, code = key:match('^(.*:x:)([^:]*)$')
    if not code or #code ~= CODE then
        corrupt(key, 'name')
    end
    return head .. code:sub(1, BUCKET), code:sub(BUCKET + 1)
end

-- the voucher at key, or nil
local function voucher_read(key)
    local bucket, field = voucher_place(key)
    local text = redis.call('HGET', bucket, field) or redis.call('GET', key)
    if not text then
        return nil
    end
    local v = voucher_parse(text) or corrupt(key, 'text')
    local prefix, code = key:match('^(.*:)x:(.*)$')
    local ledger = prefix .. 'ledger'
    local e = ledger_find(prefix, v.entry)
    if not e or e.type ~= 'redemption' or e.voucher ~= code then
        corrupt(key, 'entry')
    end
    return voucher_told(v, e, key, ledger)
end

-- the keys of the vouchers at a key below "x:", and whether it is a bucket
local function vouchers_at(key)
    local name = key:match(':x:([^:]*)$') or ''
    if #name ~= BUCKET then
        return {key}, false
    end
    local keys = {}
    for _, field in ipairs(redis.call('HKEYS', key)) do
        if #field == CODE - BUCKET then
            keys[#keys + 1] = key .. field
        end
    end
    return keys, true
end

-- writes one that is open
local function voucher_open(v)
    local bucket, field = voucher_place(v.key)
    redis.call('HSET', bucket, field, voucher_text(v))
end
