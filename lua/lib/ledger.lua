--include check
--include entry_text
--include place

-- Writes one entry e, whose absent fields are empty, and returns its id; the
-- index of its volunteer, when it has one, takes it too.  That the ledger is a
-- stream need not be asked before, for to write to it comes first.
local function ledger_append(prefix, e)
    local entry = redis.call('XADD', prefix .. 'ledger', '*', 'entry',
                             entry_text(e))
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

-- the entry of that id as a table of texts; or nil
local function ledger_read(prefix, entry)
    local ledger = prefix .. 'ledger'
    local found = redis.call('XRANGE', ledger, entry, entry)[1]
    if not found or found[1] ~= entry then
        return nil
    end
    local values = entry_values(found[2]) or corrupt(ledger, entry)
    local e = {id = entry}
    for i, field in ipairs(ENTRY_FIELDS) do
        e[field] = values[i]
    end
    return e
end

-- the entry of an id that a client gave
local function ledger_find(prefix, entry)
    return is_entry(entry) and ledger_read(prefix, entry)
end
