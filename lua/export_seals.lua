-- GET /export?what=seals: a page of seals, oldest first.
-- KEYS   seals roots
-- ARGV   after
-- reply  200, the seals, the last one's id, more
-- or     invalid-field(after)

--include ledger

local PAGE = 200

local seals, roots = unpack(KEYS)
local after = ARGV[1]

local from = '-'
if after ~= '' then
    if not is_entry(after) then
        return {'invalid-field', 'is not the id of a seal', 'after'}
    end
    from = '(' .. after
end

local found = redis.call('XRANGE', seals, from, '+', 'COUNT', PAGE)
local page = {}

for i, seal in ipairs(found) do
    local f = fields_of(seal[2])
    page[i] = {
        seal[1], f.first, natural(f.entries, nil, seals, 'entries'), f.digest,
        f.previous, f.algorithm, natural(f.on, nil, seals, 'on'),
        redis.call('ZSCORE', roots, seal[1]) and 1
    }
end

local last = found[#found]

return {200, 0, page, last and last[1] or after, #found == PAGE and 1 or 0}
