--include entry
--include audit

-- The links between the entries, while the ledger is read: each entry must lead
-- to the one before it of its volunteer, a merge also to that by which the old
-- account went.  Then all entries of an account are in its history, each once,
-- if its hash names the last of them; which that is, is kept by volunteer.

-- reads the last entries so far of all volunteers of a page
local function links_read(page, ids)
    local names, seen = {}, {}
    for _, id in ipairs(ids) do
        local e = page.entries[id] or {}
        for _, name in ipairs({e.volunteer, e.type == 'merge' and e.ref}) do
            if name and name ~= '' and not seen[name] then
                seen[name] = true
                names[#names + 1] = name
            end
        end
    end
    page.lasts = {}
    if names[1] then
        local lasts = redis.call('HMGET', audit_key(page.a, 'lasts'),
                                 unpack(names))
        for i, name in ipairs(names) do
            page.lasts[name] = lasts[i] or nil
        end
    end
end

local function links_write(page)
    local f = {}
    for volunteer, last in pairs(page.lasts) do
        f[#f + 1] = volunteer
        f[#f + 1] = last
    end
    if f[1] then
        redis.call('HSET', audit_key(page.a, 'lasts'), unpack(f))
    end
end

-- compares an entry's links and keeps it as the last one of its volunteer, who
-- must have an account
local function links_check(page, e)
    local last = page.lasts[e.volunteer]
    local expected = last or ''
    if e.type == 'merge' then
        expected = expected .. ' ' .. (page.lasts[e.ref] or '')
    end
    if e.volunteer ~= '' then
        page.lasts[e.volunteer] = link_to(e.id)
    end
    audit_equal(page.a, 'entry', e.id, 'before', expected, e.before)
    if not last and e.volunteer ~= ''
        and redis.call('EXISTS', page.a.prefix .. 'v:' .. e.volunteer) == 0
    then
        audit_found(page.a, 'entry', e.id, 'volunteer', '', e.volunteer,
                    'there is no such account')
    end
end
