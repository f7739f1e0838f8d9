--include audit
--include erased
--include erase

-- Of who was erased nothing is left but what the ledger says, and where they
-- served; unless the erasure still goes on.

local ERASED_SIGNUPS = 1000     -- of one, that are looked at
local ERASING_PAGE = 1000

local function erased_found(a, id, where, found)
    audit_found(a, 'account', id, where, '', found,
                'is there though the account was erased')
end

-- whether nothing more is to come of an erasure
local function erased_wholly(a, id)
    return is_erased(a.prefix, id)
           and redis.call('HEXISTS', a.prefix .. 'erasing',
                          answering(a.prefix, id)) == 0
end

local function erased_signups(a, id)
    local key = a.prefix .. 'sv:' .. id
    for _, member in ipairs(redis.call('ZRANGE', key, 0, ERASED_SIGNUPS - 1)) do
        local b = activity_read(a.prefix, member:match(':(.+)$') or '')
                  or corrupt(key, member)
        local s = signup_read(b, id) or corrupt(key, member)
        if s.state ~= 'served' then
            erased_found(a, id, 's:' .. b.id, s.state)
        end
        if redis.call('HEXISTS', shares_key(b), id) == 1 then
            erased_found(a, id, 'sh:' .. b.id, '')
        end
    end
end

local function check_erased(a, id, key)
    if not erased_wholly(a, id) then
        return
    end
    for i, value in ipairs(redis.call('HMGET', key, 'kind',
                                      unpack(ERASED_FIELDS)))
    do
        if value and (i > 1 or value ~= ERASED_KIND) then
            erased_found(a, id, i > 1 and ERASED_FIELDS[i - 1] or 'kind', value)
        end
    end
    for _, head in ipairs({'nr:', 'nw:', 'sy:', 'cl:'}) do
        if redis.call('EXISTS', a.prefix .. head .. id) == 1 then
            erased_found(a, id, head .. id, '')
        end
    end
    for year, list in selection_years(a.prefix) do
        if redis.call('ZSCORE', list, 'applied:' .. id)
            or redis.call('ZSCORE', list, 'shortlisted:' .. id)
        then
            erased_found(a, id, 'sl:' .. year, '')
        end
    end
    erased_signups(a, id)
end

local function check_leader(a, team, key)
    local leader = redis.call('HGET', key, 'leader')
    if leader and erased_wholly(a, leader) then
        audit_found(a, 'team', team, 'leader', '', leader, 'was erased')
    end
end

-- what goes on is about those who were erased
local function check_erasing(a, key)
    local page = redis.call('HSCAN', key, 0, 'COUNT', ERASING_PAGE)
    for i = 1, #page[2], 2 do
        local id = page[2][i]
        if not redis.call('HGET', a.prefix .. 'v:' .. id, 'erased') then
            audit_found(a, 'account', id, 'erasing', '', page[2][i + 1],
                        'was not erased')
        end
    end
end
