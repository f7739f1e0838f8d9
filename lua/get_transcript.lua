-- GET /reports/transcripts/{volunteer}: hours and points by term, summed from
-- the entries of the account.  They lead from the newest to the oldest; STEPS
-- of them are read for one page, and the sums of pages add up.
-- KEYS   account
-- ARGV   volunteer from to after, role scope
-- shared utc_offset terms
-- reply  200, volunteer, kind, the terms, next or false
-- or     not-found erased forbidden invalid-field(to, after)

--include history

local STEPS = 500

local volunteer, from, to, after, role, scope = arguments()
local utc_offset, terms = shared()

local a = account_read(keys(), volunteer, 0)

if not a then
    return {'not-found'}
end
if out_of_scope(role, scope, a) then
    return {'forbidden'}
end
from = tonumber(from) or 0
to = tonumber(to) or math.huge
if to < from then
    return {'invalid-field', 'is before from', 'to'}
end

local history = history_open(a, after)
if not history then
    return {'invalid-field', 'is not the next of a page', 'after'}
end
local ledger = history.ledger

-- without terms a year is one
local list = {}
for month, day, term, title in
    terms:gmatch('(%d%d)(%d%d)\t([^\t]*)\t([^\n]*)')
do
    list[#list + 1] = {id = term, title = title, month = tonumber(month),
                       day = tonumber(day)}
end
list[1] = list[1] or {id = 'year', title = false, month = 1, day = 1}

-- the first day of a term of the list in a year; behind the last comes the
-- first
local function starts_of(n, year)
    local term = list[n] or list[1]
    return day_number(list[n] and year or year + 1, term.month, term.day)
end

-- the sums of the term in which a day lies
local sums, by_start = {}, {}
local function term_at(day)
    local year, n = year_of(day), #list
    while n > 0 and starts_of(n, year) > day do
        n = n - 1
    end
    if n == 0 then
        year, n = year - 1, #list
    end
    local starts = starts_of(n, year)
    local sum = by_start[starts]
    if not sum then
        sum = {term = list[n], starts = starts,
               ends = starts_of(n + 1, year) - 1, minutes = 0, points = 0}
        by_start[starts] = sum
        sums[#sums + 1] = sum
    end
    return sum
end

-- the type of what an entry earned, or took back
local function earned_by(e)
    if e.type ~= 'reversal' then
        return e.type
    end
    local o = ledger_read(a.prefix, e.ref) or corrupt(ledger, e.id .. ' ref')
    return o.type
end

local EARNING = {hours = true, award = true, opening = true}

local steps, over = 0, false
while steps < STEPS do
    local e = chain_next(history)
    if not e then
        break
    end
    -- nothing counts for a day to come, so what is older counts for none of
    -- these
    if day_of(entry_seconds(e.id), utc_offset) < from then
        over = true
        break
    end
    steps = steps + 1
    local type = earned_by(e)
    local on = integer(e.on, nil, ledger, 'on')
    if EARNING[type] and on >= from and on <= to then
        local sum = term_at(on)
        sum.points = sum.points + integer(e.earned, nil, ledger, 'earned')
        if type == 'hours' then
            sum.minutes = sum.minutes
                          + integer(e.minutes, nil, ledger, 'minutes')
        end
    end
end

table.sort(sums, function(one, other)
    return one.starts < other.starts
end)
local page = {}
for i, sum in ipairs(sums) do
    page[i] = {sum.term.id, sum.term.title, sum.starts, sum.ends, sum.minutes,
               floor(sum.minutes / 60), sum.points}
end

return {200, 0, a.id, a.kind, page,
        not over and #history.heads > 0 and chain_heads(history)}
