--include check
--include ledger

-- The history of an account, newest first.  Each entry leads to the one before
-- it; that of a merge also to the last one of the account that came, which is
-- followed unless the merge was undone.  A chain has heads: the entries that
-- come next, one of each account whose history is open.  They are all that it
-- takes to go on later.

local function chain_new(prefix)
    return {prefix = prefix, ledger = prefix .. 'ledger', heads = {}}
end

-- makes the entry of an id a head; volunteer is whose it must be
local function chain_add(c, id, volunteer)
    for _, head in ipairs(c.heads) do
        if head.id == id then
            return
        end
    end
    local ms, seq = entry_place(id)
    c.heads[#c.heads + 1] = {id = id, ms = ms, seq = seq, volunteer = volunteer}
end

-- the same for the link of an entry, which leads to one that is older
local function chain_follow(c, e, link, volunteer)
    local id = linked(link)
    if link ~= '' and not (id and entry_above(e.id, id)) then
        corrupt(c.ledger, e.id .. ' before')
    end
    if id then
        chain_add(c, id, volunteer)
    end
end

-- takes the newest of the heads and puts those it leads to in its place: the
-- entry, or nil when there is none left
local function chain_next(c)
    local place, newest
    for i, head in ipairs(c.heads) do
        if not newest or head.ms > newest.ms
            or head.ms == newest.ms and head.seq > newest.seq
        then
            place, newest = i, head
        end
    end
    if not newest then
        return nil
    end
    table.remove(c.heads, place)

    local e = ledger_read(c.prefix, newest.id)
    if not e or e.volunteer ~= newest.volunteer then
        corrupt(c.ledger, newest.id)
    end
    local own, joined = links_of(e.before)
    if (joined ~= '') ~= (e.type == 'merge') then
        corrupt(c.ledger, e.id .. ' before')
    end
    chain_follow(c, e, own, e.volunteer)
    if joined ~= '' and not redis.call('HGET', c.prefix .. 'reversed', e.id)
    then
        chain_follow(c, e, joined, e.ref)
    end
    return e
end

-- the ids of the heads, with commas between
local function chain_heads(c)
    local ids = {}
    for i, head in ipairs(c.heads) do
        ids[i] = head.id
    end
    return table.concat(ids, ',')
end
