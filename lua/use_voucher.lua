-- POST /vouchers/{code}/use: the merchant hands over what was redeemed.
-- KEYS   voucher ledger books record
-- ARGV   prefix code, user role scope fingerprint window,
--        version utc_offset kept_days
-- reply  200, the voucher
-- or     not-found forbidden voucher-used voucher-cancelled voucher-expired
--        idempotency-key-reused

--include replay
--include voucher

local key, ledger, books, record = unpack(KEYS)
local prefix, code, user, role, scope, fingerprint, window, version,
      utc_offset, kept_days = unpack(ARGV)

local again = replay(record, fingerprint)
if again then
    return again
end

local v = voucher_read(key)

if not v then
    return {'not-found'}
end
if role == 'merchant' and v.merchant ~= scope then
    return {'forbidden'}
end

local time = voucher_touch(prefix, code, key, v, kept_days, version,
                           utc_offset)
if v.state ~= 'issued' then
    return {voucher_closed[v.state]}
end

local index = prefix .. 'l:' .. v.volunteer
local balance = voucher_balance(prefix, v)
ledger_ready(index, books)

ledger_append(ledger, index, {
    type = 'use', volunteer = v.volunteer, points = 0, balance = balance,
    ref = v.offer, voucher = code, on = day_of(time, utc_offset), by = user,
    role = role, scope = scope, rules = version
})
voucher_end(prefix, key, v, 'used', kept_days)

return remember(record, fingerprint, window,
                voucher_reply(200, code, v, role ~= 'merchant' and balance))
