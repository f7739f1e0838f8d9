-- A redemption as a plain script, for the peers: it refuses what the module
-- refuses, and writes the same facts.
--
-- KEYS   account offer taken voucher record index ledger books
-- ARGV   volunteer offer code, user role scope fingerprint,
--        rules utc_offset stars valid_days
-- reply  {'issued' or 'replayed', code, offer, merchant, volunteer, price,
--         issued, expires, balance}
-- or     {the problem, the field}

local call = redis.call
local account, offer_key, taken, voucher, record, index, ledger, books =
    unpack(KEYS)
local volunteer, offer, code, user, role, scope, fingerprint, rules,
      utc_offset, stars, valid_days = unpack(ARGV)

local kept = call('GET', record)
if kept then
    local of, reply = cmsgpack.unpack(kept)
    if of ~= fingerprint then
        return {'idempotency-key-reused', 'Idempotency-Key'}
    end
    reply[1] = 'replayed'
    return reply
end

local issued = call('TIME')[1]
local time = tonumber(issued)

local a = call('HMGET', account, 'balance', 'earned', 'frozen')
local balance = tonumber(a[1])
if not balance then
    return {'not-found', 'volunteer'}
end
if a[3] and a[3] ~= '0' then
    return {'frozen'}
end

local o = call('HMGET', offer_key, 'merchant', 'price', 'stock', 'min_stars',
               'starts', 'ends', 'valid_days', 'per_person')
local merchant, price = o[1], o[2]
if not merchant then
    return {'not-found', 'offer'}
end
if o[5] and time < tonumber(o[5]) then
    return {'not-started'}
end
if o[6] and time >= tonumber(o[6]) then
    return {'ended'}
end
if o[4] then
    local earned, has = tonumber(a[2]), 0
    for threshold in stars:gmatch('%d+') do
        if earned >= tonumber(threshold) then
            has = has + 1
        end
    end
    if has < tonumber(o[4]) then
        return {'stars-too-low'}
    end
end
if tonumber(o[3]) < 1 then
    return {'out-of-stock'}
end
if o[8] and tonumber(call('HGET', taken, volunteer) or 0) >= tonumber(o[8]) then
    return {'limit-reached'}
end

local points = tonumber(price)
balance = balance - points
if balance < 0 then
    return {'insufficient-points'}
end

-- Redis formats a number in an argument with all its digits, which is slow, so
-- each is made a string once
local ends = time + (o[7] or valid_days) * 86400
local expires, left = string.format('%d', ends), string.format('%d', balance)
local today = string.format('%d', math.floor((time + utc_offset) / 86400))
local due = ledger:sub(1, -7) .. 'due:'
            .. string.format('%d', math.floor(ends / 3600))

local entry = call('XADD', ledger, '*', 'type', 'redemption',
                   'volunteer', volunteer, 'points', '-' .. price,
                   'earned', '0', 'balance', left, 'ref', offer,
                   'voucher', code, 'merchant', merchant, 'on', today,
                   'expires', expires, 'by', user, 'role', role,
                   'scope', scope, 'rules', rules)
call('RPUSH', index, entry)
call('HSET', account, 'balance', left)
call('HINCRBY', offer_key, 'stock', '-1')
call('HINCRBY', books, 'spent', price)
if o[8] then
    call('HINCRBY', taken, volunteer, '1')
end
call('HSET', voucher, 'offer', offer, 'merchant', merchant,
     'volunteer', volunteer, 'price', price, 'state', 'issued',
     'issued', issued, 'expires', expires, 'entry', entry)
call('RPUSH', due, code)

local reply = {'issued', code, offer, merchant, volunteer, points, time, ends,
               balance}
call('SET', record, cmsgpack.pack(fingerprint, reply))
return reply
