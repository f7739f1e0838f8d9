--include check

-- ends the script unless an entry can be written; that the ledger is a stream
-- need not be asked, for to write to it comes first
local function ledger_ready(index, books)
    of_type(index, 'list')
    counters(books, 'earned', 'spent', 'minutes')
end

-- Writes one entry e, whose absent fields are empty, and returns its id.
-- Every entry has the same fields in the same order, so that Redis keeps
-- their names once for a hundred entries.
local function ledger_append(ledger, index, e)
    local entry = redis.call('XADD', ledger, '*',
        'type', e.type, 'volunteer', e.volunteer, 'points', e.points,
        'balance', e.balance, 'ref', e.ref or '', 'voucher', e.voucher or '',
        'on', e.on,
        'minutes', e.minutes or '', 'points_per_hour', e.points_per_hour or '',
        'by', e.by, 'role', e.role, 'scope', e.scope, 'rules', e.rules,
        'note', e.note or '', 'evidence', e.evidence or '')
    redis.call('RPUSH', index, entry)
    return entry
end

-- the entry of that id, as Redis writes it, as a table; or nil
local function ledger_read(ledger, entry)
    local found = redis.call('XRANGE', ledger, entry, entry)[1]
    if not found or found[1] ~= entry then
        return nil
    end
    local e = {}
    for i = 1, #found[2], 2 do
        e[found[2][i]] = found[2][i + 1]
    end
    return e
end
