--include check
--include fields
--include place

-- Writes one entry e, whose absent fields are empty, and returns its id; the
-- index of its volunteer, when it has one, takes it too.  Every entry has the
-- same fields in the same order, so that Redis keeps their names once for a
-- hundred entries.  That the ledger is a stream need not be asked before, for
-- to write to it comes first.
local function ledger_append(prefix, e)
    local entry = redis.call('XADD', prefix .. 'ledger', '*',
        'type', e.type, 'volunteer', e.volunteer or '', 'points', e.points,
        'earned', e.earned, 'balance', e.balance or '', 'ref', e.ref or '',
        'voucher', e.voucher or '', 'merchant', e.merchant or '', 'on', e.on,
        'minutes', e.minutes or '', 'points_per_hour', e.points_per_hour or '',
        'expires', e.expires or '', 'amount', e.amount or '',
        'counted', e.counted or '', 'by', e.by, 'role', e.role,
        'scope', e.scope, 'rules', e.rules, 'note', e.note or '',
        'evidence', e.evidence or '', 'proposal', e.proposal or '')
    if e.volunteer then
        redis.call('RPUSH', prefix .. 'l:' .. e.volunteer, entry)
    end
    return entry
end

-- adds to the district's totals: name, n, name, n, ...
local function books_add(prefix, ...)
    local f = {...}
    for i = 1, #f, 2 do
        if f[i + 1] ~= 0 then
            redis.call('HINCRBY', prefix .. 'books', f[i], f[i + 1])
        end
    end
end

-- the entry of that id, as Redis writes it, as a table; or nil
local function ledger_read(prefix, entry)
    local ledger = prefix .. 'ledger'
    local found = redis.call('XRANGE', ledger, entry, entry)[1]
    if not found or found[1] ~= entry then
        return nil
    end
    local e = fields_of(found[2])
    e.id = entry
    return e
end

-- the entry of an id that a client gave
local function ledger_find(prefix, entry)
    return is_entry(entry) and ledger_read(prefix, entry)
end
