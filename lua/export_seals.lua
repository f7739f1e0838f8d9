-- GET /export?what=seals: a page of seals, oldest first.
-- KEYS   seals roots ledger
-- ARGV   after
-- shared utc_offset
-- reply  200, the seals, the last one's id, more
-- or     invalid-field(after)

--include ledger
--include seal

local PAGE = 200

local seals, roots, ledger = keys()
local after = arguments()
local utc_offset = shared()

local from = '-'
if after ~= '' then
    if not is_entry(after) then
        return {'invalid-field', 'is not the id of a seal', 'after'}
    end
    from = '(' .. after
end

local found = redis.call('XRANGE', seals, from, '+', 'COUNT', PAGE)
local standing = seals_read(seals, roots, ledger, utc_offset)
local page = {}

for i, seal in ipairs(found) do
    page[i] = seal_reply(standing, seal)
end

local last = found[#found]

return {200, 0, page, last and last[1] or after, #found == PAGE and 1 or 0}
