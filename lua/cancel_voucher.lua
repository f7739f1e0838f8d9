-- POST /vouchers/{code}/cancel: points and stock are given back.
-- KEYS   voucher record
-- ARGV   prefix code, user role scope fingerprint window,
--        version utc_offset kept_days
-- reply  200, the voucher
-- or     not-found forbidden voucher-used voucher-cancelled voucher-expired
--        idempotency-key-reused

--include replay
--include voucher

local key, record = unpack(KEYS)
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
if role == 'volunteer' and v.volunteer ~= user then
    return {'forbidden'}
end

local time = voucher_touch(prefix, code, key, v, kept_days, version,
                           utc_offset)
if v.state ~= 'issued' then
    return {voucher_closed[v.state]}
end

local balance = voucher_give_back(prefix, code, key, v, 'cancelled',
                                  'cancellation', kept_days,
                                  {by = user, role = role, scope = scope,
                                   rules = version,
                                   on = day_of(time, utc_offset)})

return remember(record, fingerprint, window,
                voucher_reply(200, code, v, balance))
