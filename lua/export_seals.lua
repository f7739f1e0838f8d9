-- GET /export?what=seals: a page of seals, oldest first.
-- KEYS   seals roots
-- ARGV   after
-- reply  200, the seals, the last one's id, more
-- or     invalid-field(after)

--include check

local PAGE = 200

local seals, roots = unpack(KEYS)
local after = ARGV[1]

local from = '-'
if after ~= '' then
    local ms, seq = after:match('^(%d+)%-(%d+)$')
    if not ms or #ms > 15 or #seq > 15 then
        return {'invalid-field', 'is not the id of a seal', 'after'}
    end
    from = '(' .. after
end

local found = redis.call('XRANGE', seals, from, '+', 'COUNT', PAGE)
local page = {}

for i, seal in ipairs(found) do
    local f = {}
    for j = 1, #seal[2], 2 do
        f[seal[2][j]] = seal[2][j + 1]
    end
    page[i] = {
        seal[1], f.first, natural(f.entries, nil, seals, 'entries'), f.digest,
        f.previous, f.algorithm, natural(f.on, nil, seals, 'on'),
        redis.call('ZSCORE', roots, seal[1]) and 1
    }
end

local last = found[#found]

return {200, 0, page, last and last[1] or after, #found == PAGE and 1 or 0}
