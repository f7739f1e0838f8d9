-- POST /vouchers/{code}/use: the merchant hands over what was redeemed.
-- KEYS   voucher record bucket
-- ARGV   prefix code, user role scope fingerprint
-- shared window, version utc_offset kept_days
-- reply  200, the voucher
-- or     not-found forbidden voucher-used voucher-cancelled voucher-expired
--        idempotency-key-reused

--include replay
--include voucher

local key, record, bucket = keys()
local prefix, code, user, role, scope, fingerprint = arguments()
local window, version, utc_offset, kept_days = shared()

local again = replay(record, fingerprint, bucket)
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

local time = now()
local today = today_at(utc_offset)
local rules = in_force(version, today)
local a = voucher_owner(prefix, v, today)
kept_days = in_force(kept_days, today)

voucher_touch(prefix, code, v, a, time, rules, kept_days)
if v.state ~= 'issued' then
    return {voucher_closed[v.state]}
end
account_ready(a, 'used')

local e = {
    type = 'use', volunteer = a.id, points = 0, earned = 0,
    balance = a.balance, ref = v.offer, voucher = code, merchant = v.merchant,
    on = today, amount = v.price, by = user, role = role, scope = scope,
    rules = rules
}
account_settle(a, e)
local entry = account_append(a, e)
account_write_balance(a)
books_add(prefix, 'used', v.price)
voucher_end(prefix, v, 'used', entry, time + kept_days * 86400)

return remember(record, fingerprint, window,
                voucher_reply(200, code, v, a.id,
                              role ~= 'merchant' and a.balance))
