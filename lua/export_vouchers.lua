-- GET /export?what=vouchers: a page of vouchers, as they are stored.  They are
-- in no list, so the keys of Redis are gone through: a page may be short or
-- empty with more behind it, and a voucher may come twice.
-- KEYS   books (it stands for the district, whose keys are in one slot)
-- ARGV   prefix after
-- reply  200, the vouchers, SCAN's cursor, more
-- or     invalid-field(after)

--include answering
--include voucher_text

local COUNT = 50

local prefix, after = arguments()

if after ~= '' and (#after > 20 or not after:find('^%d+$')) then
    return {'invalid-field', 'is not the after of an export', 'after'}
end

local found = redis.call('SCAN', after == '' and '0' or after,
                         'MATCH', prefix .. 'x:*', 'COUNT', COUNT)
local page = {}
local owners = {}

-- the account that answers for a volunteer
local function owner(volunteer)
    owners[volunteer] = owners[volunteer] or answering(prefix, volunteer)
    return owners[volunteer]
end

for _, at in ipairs(found[2]) do
    for _, key in ipairs(vouchers_at(at)) do
        local code = key:sub(#prefix + #'x:' + 1)
        local v = #code == CODE and voucher_read(key)
        if v then
            page[#page + 1] = {
                code, v.offer, v.merchant, owner(v.volunteer), v.price, v.state,
                v.issued, v.expires
            }
        end
    end
end

local more = found[1] ~= '0'

return {200, 0, page, more and found[1] or '', more and 1 or 0}
