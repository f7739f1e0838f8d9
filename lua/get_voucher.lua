-- GET /vouchers/{code}: for its owner, its merchant and staff.
-- KEYS   voucher
-- ARGV   prefix code, user role scope, version utc_offset kept_days
-- reply  200, the voucher
-- or     not-found forbidden

--include voucher

local key = KEYS[1]
local prefix, code, user, role, scope, version, utc_offset,
      kept_days = unpack(ARGV)

local v = voucher_read(key)

if not v then
    return {'not-found'}
end
if role == 'volunteer' and v.volunteer ~= user
    or role == 'merchant' and v.merchant ~= scope
then
    return {'forbidden'}
end

voucher_touch(prefix, code, key, v, kept_days, version, utc_offset)

return voucher_reply(200, code, v,
                     role ~= 'merchant' and voucher_balance(prefix, v))
