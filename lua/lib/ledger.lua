--include check
--include entry_text
--include place

-- Writes one entry e, whose absent fields are empty, with its links; returns
-- its id.  That the ledger is a stream need not be asked before, for to write
-- to it comes first.
local function ledger_append(prefix, e, before)
    return redis.call('XADD', prefix .. 'ledger', '*', 'entry', entry_text(e),
                      'before', before)
end

local books_seen = {}

-- Ends the script unless totals of the district, by name, can be counted in:
-- integers, or not there yet.  A batch looks at each once.
local function books_ready(prefix, name, ...)
    if not books_seen[name] then
        local key = prefix .. 'books'
        integer(redis.call('HGET', key, name), 0, key, name)
        books_seen[name] = true
    end
    if ... then
        books_ready(prefix, ...)
    end
end

local books_added

local function books_write(key)
    for _, name in ipairs(books_added) do
        if books_added[name] ~= 0 then
            redis.call('HINCRBY', key, name, books_added[name])
        end
    end
end

-- Adds to the district's totals: name, n, name, n, ...; they are written when
-- all calls of a batch are done.
local function books_add(prefix, name, n, ...)
    if not books_added then
        books_added = {}
        later(books_write, prefix .. 'books')
    end
    if not books_added[name] then
        books_added[#books_added + 1] = name
        books_added[name] = 0
    end
    books_added[name] = books_added[name] + n
    if ... then
        books_add(prefix, ...)
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
