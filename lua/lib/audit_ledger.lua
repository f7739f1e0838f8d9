--include entry
--include fold
--include totals
--include audit
--include audit_links
--include audit_orgs

-- The ledger, entry by entry: each must be well formed, lead where it should,
-- and be named where it must be.  What all entries together say of the books,
-- of stocks, funds and open vouchers is added up for the phases that come
-- later; these go on here before they compare, for entries come all the while.

local LEDGER_PAGE = 200

-- sums that are no counter of the books: entries, reversals, proposals,
-- decisions

-- a page that is read: the sums it adds, its entries by id
local function ledger_page(a)
    return {a = a, sums = {}, stock = {}, funds = {}, orgs = {}, entries = {}}
end

-- an entry of the page or of before
local function page_entry(page, id)
    return page.entries[id] or entry_read(page.a.ledger, id)
end

local function page_found(page, e, field, expected, found, detail)
    audit_found(page.a, 'entry', e.id, field, expected, found, detail)
end

-- one hash names the entry that answers another
local function page_named(page, e, hash, by)
    local named = redis.call('HGET', page.a.prefix .. hash, e)
    if named ~= by then
        audit_found(page.a, 'entry', e, hash, by, named)
    end
end

-- Where an account was merged into: the account that answers for it, with a
-- space and the entry of the merge behind it while that leads to its history.
local function merged_is(page, e, old, expected)
    local found = redis.call('HGET', audit_key(page.a, 'merged'), old)
    if found ~= expected then
        page_found(page, e, 'merged', expected, found)
    end
end

local ledger_check = {}

ledger_check.reversal = function(page, e)
    local o = page_entry(page, e.ref)
    fold_sum(page.sums, 'reversals', 1)
    if not o then
        page_found(page, e, 'ref', '', e.ref, 'there is no such entry')
        return
    end
    page_named(page, e.ref, 'reversed', e.id)
    audit_equal(page.a, 'entry', e.id, 'org', o.org, e.org)
    if o.type == 'merge' then
        merged_is(page, e, o.ref, o.volunteer .. ' ' .. o.id)
        redis.call('HSET', audit_key(page.a, 'merged'), o.ref, o.volunteer)
    elseif o.type == 'merged' then
        merged_is(page, e, o.volunteer, o.ref)
        redis.call('HDEL', audit_key(page.a, 'merged'), o.volunteer)
    elseif o.type == 'donation' then
        fold_sum(page.funds, o.ref, 0 - e.points)
    elseif o.type == 'use' then
        -- whose voucher it is the entries of its use don't say for sure
        redis.call('HSET', audit_key(page.a, 'vouchers'), o.voucher,
                   ' ' .. string.format('%.0f', o.amount) .. ' ' .. o.ref
                   .. ' ' .. e.id)
    end
end

ledger_check.merged = function(page, e)
    redis.call('HSET', audit_key(page.a, 'merged'), e.volunteer, e.ref)
end

ledger_check.merge = function(page, e)
    local own, joined = links_of(e.before)
    local id = linked(joined)
    local merged = id and page_entry(page, id)
    merged_is(page, e, e.ref, e.volunteer)
    redis.call('HSET', audit_key(page.a, 'merged'), e.ref,
               e.volunteer .. ' ' .. e.id)
    if merged and merged.evidence ~= e.evidence then
        page_found(page, e, 'evidence', '', '', 'is not what moved')
    end
end

ledger_check.donation = function(page, e)
    fold_sum(page.funds, e.ref, 0 - e.points)
end

ledger_check.redemption = function(page, e)
    local added = redis.call('HSET', audit_key(page.a, 'vouchers'), e.voucher,
                             e.volunteer .. ' '
                             .. string.format('%.0f', 0 - e.points) .. ' '
                             .. e.ref .. ' ' .. e.id)
    if added == 0 then
        page_found(page, e, 'voucher', '', e.voucher, 'is open already')
    end
end

local function check_close(page, e)
    local vouchers = audit_key(page.a, 'vouchers')
    local open = redis.call('HGET', vouchers, e.voucher)
    if not open then
        page_found(page, e, 'voucher', '', e.voucher, 'is not open')
        return
    end
    local price, offer = open:match('^[^ ]* (%d+) ([^ ]+)')
    audit_equal(page.a, 'entry', e.id, e.type == 'use' and 'amount'
                or 'points', price, e.type == 'use' and e.amount or e.points)
    audit_equal(page.a, 'entry', e.id, 'ref', offer, e.ref)
    redis.call('HDEL', vouchers, e.voucher)
end

ledger_check.use = check_close
ledger_check.cancellation = check_close
ledger_check.expiry = check_close

ledger_check.proposal = function(page, e)
    local prefix = page.a.prefix
    fold_sum(page.sums, 'proposals', 1)
    if not redis.call('HGET', prefix .. 'decided', e.id)
        and not redis.call('ZSCORE', prefix .. 'waiting', e.id)
    then
        page_found(page, e, 'waiting', e.id, '', 'is neither decided nor '
                   .. 'waiting')
    end
end

-- an award or a refusal decides a proposal
local function check_decision(page, e, proposal)
    local p = page_entry(page, proposal)
    fold_sum(page.sums, 'decisions', 1)
    if not p or p.type ~= 'proposal' then
        page_found(page, e, 'proposal', '', proposal,
                   'there is no such proposal')
        return
    end
    page_named(page, proposal, 'decided', e.id)
    if e.type == 'award' then
        audit_equal(page.a, 'entry', e.id, 'points', p.amount, e.points)
    end
end

ledger_check.refusal = function(page, e)
    check_decision(page, e, e.ref)
end

ledger_check.award = function(page, e)
    if e.proposal ~= '' then
        check_decision(page, e, e.proposal)
    end
end

local function ledger_entry(page, e)
    links_check(page, e)
    local o = e.type == 'reversal' and page_entry(page, e.ref)
    local totals = totals_of(e, o)
    for name, n in pairs(totals) do
        fold_sum(page.sums, name, n)
    end
    org_fold(page.orgs, e, o, totals)
    if stock_change(e) ~= 0 then
        fold_sum(page.stock, e.ref, stock_change(e))
    end
    if ledger_check[e.type] then
        ledger_check[e.type](page, e)
    end
end

-- marks of a hash must lead to an entry that names what they stand for
local function ledger_marks(page, ids, hash, names)
    for i, by in ipairs(redis.call('HMGET', page.a.prefix .. hash,
                                   unpack(ids))) do
        local e = by and page_entry(page, by)
        if by and not (e and names(e) == ids[i]) then
            audit_found(page.a, 'entry', ids[i], hash, '', by,
                        'is not the entry that it is marked with')
        end
    end
end

local function named_by_reversal(e)
    return e.type == 'reversal' and e.ref
end

local function named_by_decision(e)
    return e.type == 'award' and e.proposal or e.type == 'refusal' and e.ref
end

local function page_flush(page)
    local of = {totals = page.sums, stock = page.stock, funds = page.funds,
                orgs = page.orgs}
    for name, sums in pairs(of) do
        for field, n in pairs(sums) do
            if n ~= 0 then
                redis.call('HINCRBY', audit_key(page.a, name), field, n)
            end
        end
    end
end

-- Goes on with the entries that came since; true when none are left.
local function ledger_fold(a)
    local found = redis.call('XRANGE', a.ledger,
                             a.position == '' and '-' or '(' .. a.position,
                             '+', 'COUNT', LEDGER_PAGE)
    if #found == 0 then
        return true
    end

    local page = ledger_page(a)
    local ids = {}
    for i, raw in ipairs(found) do
        local e, field = entry_parse(raw[1], raw[2])
        ids[i] = raw[1]
        page.entries[raw[1]] = e
        if not e then
            audit_found(a, 'entry', raw[1], field, '', '', 'is not well formed')
        end
    end
    links_read(page, ids)
    for _, id in ipairs(ids) do
        if page.entries[id] then
            audit_try(a, 'entry', id, ledger_entry, page, page.entries[id])
        end
    end
    audit_try(a, 'entry', ids[1], ledger_marks, page, ids, 'reversed',
              named_by_reversal)
    audit_try(a, 'entry', ids[1], ledger_marks, page, ids, 'decided',
              named_by_decision)
    page.sums.entries = #ids
    page_flush(page)
    links_write(page)

    a.position = ids[#ids]
    audit_set(a, 'position', a.position)
    redis.call('HINCRBY', a.key, 'entries', #ids)
    return #ids < LEDGER_PAGE
end
