-- GET /vouchers/{code}: a voucher, for its owner, its merchant and staff.
-- KEYS   voucher
-- ARGV   prefix code, user role scope
-- shared version utc_offset kept_days
-- reply  200, the voucher
-- or     not-found forbidden erased

--include voucher

local key = keys()
local prefix, code, user, role, scope = arguments()
local version, utc_offset, kept_days = shared()

local v = voucher_read(key)

if not v then
    return {'not-found'}
end

local time = now()
local today = today_at(utc_offset)
local a = voucher_owner(prefix, v, today)

if role == 'volunteer' and not voucher_is_of(prefix, v, a, user)
    or role == 'merchant' and v.merchant ~= scope
then
    return {'forbidden'}
end

voucher_touch(prefix, code, v, a, time, in_force(version, today),
              in_force(kept_days, today))

return voucher_reply(200, code, v, a.id, role ~= 'merchant' and a.balance)
