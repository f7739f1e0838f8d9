--include check

-- ends the script unless an entry can be written
local function ledger_ready(ledger, index, books)
    of_type(ledger, 'stream')
    of_type(index, 'list')
    counters(books, 'earned', 'spent', 'minutes')
end

-- Writes one entry e, whose absent fields are empty, and returns its id.
-- Every entry has the same fields in the same order, so that Redis keeps
-- their names once for a hundred entries.
local function ledger_append(ledger, index, e)
    local entry = redis.call('XADD', ledger, '*',
        'type', e.type, 'volunteer', e.volunteer, 'points', e.points,
        'balance', e.balance, 'ref', e.ref or '', 'on', e.on,
        'minutes', e.minutes or '', 'points_per_hour', e.points_per_hour or '',
        'by', e.by, 'role', e.role, 'scope', e.scope, 'rules', e.rules,
        'note', e.note or '', 'evidence', e.evidence or '')
    redis.call('RPUSH', index, entry)
    return entry
end

-- the entry of that id as a table, or nil
local function ledger_read(ledger, entry)
    local found = redis.call('XRANGE', ledger, entry, entry)[1]
    if not found then
        return nil
    end
    local e = {}
    for i = 1, #found[2], 2 do
        e[found[2][i]] = found[2][i + 1]
    end
    return e
end
