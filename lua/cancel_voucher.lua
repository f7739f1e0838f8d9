-- POST /vouchers/{code}/cancel: points and stock are given back.
-- KEYS   voucher record bucket
-- ARGV   prefix code, user role scope fingerprint
-- shared window, version utc_offset kept_days
-- reply  200, the voucher
-- or     not-found forbidden erased voucher-used voucher-cancelled
--        voucher-expired idempotency-key-reused

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

local time = now()
local today = today_at(utc_offset)
local rules = in_force(version, today)
local a = voucher_owner(prefix, v, today)
kept_days = in_force(kept_days, today)

if role == 'volunteer' and not voucher_is_of(prefix, v, a, user) then
    return {'forbidden'}
end

voucher_touch(prefix, code, v, a, time, rules, kept_days)
if v.state ~= 'issued' then
    return {voucher_closed[v.state]}
end

voucher_give_back(prefix, code, v, a, 'cancelled', 'cancellation',
                  {by = user, role = role, scope = scope, rules = rules},
                  kept_days)

return remember(record, fingerprint, window,
                voucher_reply(200, code, v, a.id, a.balance))
