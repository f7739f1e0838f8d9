-- GET /export?what=vouchers: a page of vouchers, as they are stored.  They are
-- in no list, so the keys of Redis are gone through: a page may be short or
-- empty with more behind it, and a voucher may come twice.
-- KEYS   books (it stands for the district, whose keys are in one slot)
-- ARGV   prefix after
-- reply  200, the vouchers, SCAN's cursor, more
-- or     invalid-field(after)

--include check

local COUNT = 500

local prefix, after = unpack(ARGV)

if after ~= '' and (#after > 20 or not after:find('^%d+$')) then
    return {'invalid-field', 'is not the after of an export', 'after'}
end

local found = redis.call('SCAN', after == '' and '0' or after,
                         'MATCH', prefix .. 'x:*', 'COUNT', COUNT)
local page = {}

for _, key in ipairs(found[2]) do
    local f = redis.call('HMGET', key, 'offer', 'merchant', 'volunteer',
                         'price', 'state', 'issued', 'expires')
    if f[1] then
        page[#page + 1] = {
            key:sub(#prefix + 3), f[1], f[2], f[3],
            natural(f[4], nil, key, 'price'), f[5],
            natural(f[6], nil, key, 'issued'),
            natural(f[7], nil, key, 'expires')
        }
    end
end

local more = found[1] ~= '0'

return {200, 0, page, more and found[1] or '', more and 1 or 0}
