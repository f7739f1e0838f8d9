--include check
--include entry_text
--include place

-- Writes one entry e, whose absent fields are empty, with its links; returns its
-- id.  That the ledger is a stream need not be asked before, for to write to it
-- comes first.
local function ledger_append(prefix, e, before)
    return redis.call('XADD', prefix .. 'ledger', '*', 'entry', entry_text(e),
                      'before', before)
end

local books_added = {}

local function books_write(key)
    local added = books_added[key]
    for _, name in ipairs(added) do
        if added[name] ~= 0 then
            redis.call('HINCRBY', key, name, added[name])
        end
    end
end

-- Adds to the district's totals: name, n, name, n, ...; they are written when
-- all calls of a batch are done.
local function books_add(prefix, ...)
    local key = prefix .. 'books'
    local added = books_added[key]
    if not added then
        added = {}
        books_added[key] = added
        later(books_write, key)
    end
    for i = 1, select('#', ...), 2 do
        local name, n = select(i, ...)
        if not added[name] then
            added[#added + 1] = name
            added[name] = 0
        end
        added[name] = added[name] + n
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
    local e = {id = entry, before = found[2][4]}
    for i, field in ipairs(ENTRY_FIELDS) do
        e[field] = values[i]
    end
    return e
end

-- the entry of an id that a client gave
local function ledger_find(prefix, entry)
    return is_entry(entry) and ledger_read(prefix, entry)
end
