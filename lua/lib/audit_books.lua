--include audit_ledger
--include voucher_text

-- The books' totals, the funds, the marks of reversals and decisions, what is
-- counted for orgs, and the vouchers that are open by the ledger.

local BOOKS_PAGE = 100

local BOOKS_TOTALS = {'minutes', 'earned', 'reversed', 'unspendable', 'spent',
                      'used', 'returned', 'expired', 'donated'}

local function books_begin(a)
    audit_set(a, 'cursor', 0, 'part', 'totals')
end

local function books_totals(a)
    local totals = audit_hash(audit_key(a, 'totals'))
    local books = audit_hash(a.prefix .. 'books')
    for _, name in ipairs(BOOKS_TOTALS) do
        audit_equal(a, 'books', 'books', name, totals[name] or 0,
                    books[name] or 0)
    end
    audit_equal(a, 'books', 'books', 'volunteers',
                redis.call('LLEN', a.prefix .. 'volunteers'),
                books.volunteers or 0)

    local proposals = tonumber(totals.proposals or 0)
    local decisions = tonumber(totals.decisions or 0)
    audit_equal(a, 'books', 'reversed', 'length', totals.reversals or 0,
                redis.call('HLEN', a.prefix .. 'reversed'))
    audit_equal(a, 'books', 'decided', 'length', decisions,
                redis.call('HLEN', a.prefix .. 'decided'))
    audit_equal(a, 'books', 'waiting', 'length', proposals - decisions,
                redis.call('ZCARD', a.prefix .. 'waiting'))
end

local function fund_compare(a, fund, donated)
    audit_equal(a, 'fund', fund, 'donated', donated,
                redis.call('HGET', a.prefix .. 'f:' .. fund, 'donated'))
end

local function voucher_compare(a, code, open)
    local volunteer, price, offer, entry =
        open:match('^([^ ]*) (%d+) ([^ ]+) ([^ ]+)$')
    local v = voucher_read(a.prefix .. 'x:' .. code) or {}
    audit_equal(a, 'voucher', code, 'state', 'issued', v.state)
    if not v.state then
        return
    end
    audit_equal(a, 'voucher', code, 'price', price, v.price)
    audit_equal(a, 'voucher', code, 'offer', offer, v.offer)
    audit_equal(a, 'voucher', code, 'entry', entry, v.last)
    if volunteer ~= '' then
        audit_equal(a, 'voucher', code, 'volunteer', volunteer, v.volunteer)
    end
end

-- a page of what the ledger says; then comes the next part, or none
local function books_scan(a, name, what, compare, next_part)
    local page = redis.call('HSCAN', audit_key(a, name), a.cursor, 'COUNT',
                            BOOKS_PAGE)
    for i = 1, #page[2], 2 do
        audit_try(a, what, page[2][i], compare, a, page[2][i], page[2][i + 1])
    end
    audit_set(a, 'cursor', page[1])
    if page[1] == '0' and next_part then
        audit_set(a, 'part', next_part)
        return false
    end
    return page[1] == '0'
end

local function books_step(a)
    if a.part == 'totals' then
        audit_set(a, 'part', 'funds')
        audit_try(a, 'books', 'books', books_totals, a)
        return false
    elseif a.part == 'funds' then
        return books_scan(a, 'funds', 'fund', fund_compare, 'orgs')
    elseif a.part == 'orgs' then
        return books_scan(a, 'orgs', 'org', org_counted, 'vouchers')
    end
    return books_scan(a, 'vouchers', 'voucher', voucher_compare)
end
