--include audit_ledger

-- Every entry of a volunteer must be in the index of the account that answers
-- for it.  Their number and a sum of their ids tell, up to the entry where this
-- begins; while it goes on a merge may move some to where they are counted
-- twice or not at all, and then it begins again.

local INDEX_PAGE = 1000         -- ids of a step, or accounts by INDEX_COST
local INDEX_COST = 10
local INDEX_AGAIN_MAX = 10
local INDEX_SEARCH = 20         -- entries that are searched for in a step

local function index_begin(a)
    local sums = redis.call('HMGET', audit_key(a, 'totals'), 'indexed',
                            'marks', 'merges')
    audit_set(a, 'cursor', 0, 'offset', 0, 'until', a.position,
              'indexed', sums[1] or 0, 'marks', sums[2] or 0,
              'merges', sums[3] or 0, 'part', 'count', 'search', '')
    redis.call('HDEL', audit_key(a, 'totals'), 'index', 'index_marks')
end

-- a page of an index: how many ids it has; their sums go into sums
local function index_page(a, id, offset, count, sums)
    local ids = redis.call('LRANGE', a.prefix .. 'l:' .. id, offset,
                           offset + count - 1)
    for _, entry in ipairs(ids) do
        if entry:find('^%d+%-%d+$')
            and (entry == a['until'] or not entry_above(entry, a['until']))
        then
            sums.n = sums.n + 1
            sums.marks = sums.marks + audit_mark(entry)
        end
    end
    return #ids
end

-- what was counted is what the ledger has; or, after a merge, once more
local function index_compare(a)
    local totals = audit_key(a, 'totals')
    local f = redis.call('HMGET', totals, 'index', 'index_marks', 'merges')
    local again = tonumber(a.again or 0)

    if (f[3] or '0') ~= a.merges then
        if again < INDEX_AGAIN_MAX then
            index_begin(a)
            audit_set(a, 'again', again + 1)
            return false
        end
        return true
    end
    if (f[1] or '0') == a.indexed and (f[2] or '0') == a.marks then
        return true
    end
    audit_found(a, 'index', '', 'entries', a.indexed, f[1] or '0',
                f[1] == a.indexed and 'they are others' or '')
    audit_set(a, 'part', 'search')
    return false
end

local function index_count(a)
    local list = a.prefix .. 'volunteers'
    local place, offset = tonumber(a.cursor), tonumber(a.offset)
    local budget = INDEX_PAGE
    local sums = {n = 0, marks = 0}

    while budget > 0 do
        local id = redis.call('LINDEX', list, place)
        if not id then
            break
        end
        local ok, n = pcall(index_page, a, id, offset, budget, sums)
        if not ok or n < budget then
            place, offset = place + 1, 0
        else
            offset = offset + n
        end
        budget = budget - (ok and n or 0) - INDEX_COST
    end

    redis.call('HINCRBY', audit_key(a, 'totals'), 'index', sums.n)
    redis.call('HINCRBY', audit_key(a, 'totals'), 'index_marks', sums.marks)
    audit_set(a, 'cursor', place, 'offset', offset)
    return budget > 0 and index_compare(a)
end

-- names the entries that are in no index
local function index_search(a)
    local found = redis.call('XRANGE', a.ledger,
                             a.search == '' and '-' or '(' .. a.search,
                             a['until'], 'COUNT', INDEX_SEARCH)
    for _, raw in ipairs(found) do
        local e = entry_parse(raw[1], raw[2])
        local volunteer = e and e.volunteer ~= ''
                          and audit_answers(a, e.volunteer)
        if volunteer and not redis.call('LPOS', a.prefix .. 'l:' .. volunteer,
                                        raw[1])
        then
            audit_found(a, 'entry', raw[1], 'index', volunteer, '',
                        'is not in the index of its account')
        end
    end
    audit_set(a, 'search', found[#found] and found[#found][1] or '')
    return #found < INDEX_SEARCH
end

local function index_step(a)
    if a.part == 'count' then
        return index_count(a)
    end
    return index_search(a)
end
