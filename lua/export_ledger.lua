-- GET /export?what=ledger: a page of entries, oldest first.
-- KEYS   ledger
-- ARGV   after
-- reply  200, the entries as XRANGE gives them, the last one's id, more
-- or     invalid-field(after)

--include ledger

local PAGE = 200

local ledger = keys()
local after = arguments()

local from = '-'
if after ~= '' then
    if not is_entry(after) then
        return {'invalid-field', 'is not the id of an entry', 'after'}
    end
    from = '(' .. after
end

local entries = redis.call('XRANGE', ledger, from, '+', 'COUNT', PAGE)
local last = entries[#entries]

return {200, 0, entries, last and last[1] or after,
        #entries == PAGE and 1 or 0}
