-- GET /volunteers/{volunteer}/certificate: the hours of some days, by activity
-- and by who recorded them.  As long as these stay the same it is the one that
-- was issued before.  Who records, certifies: an organizer those hours alone
-- that were recorded by their org and those below it.
-- KEYS   account
-- ARGV   volunteer from to, role scope code
-- shared utc_offset
-- reply  200, what is signed, the signature or '', the certificate
-- or     not-found erased forbidden invalid-field(to) limit-reached

--include account
--include bytes
--include chain
--include certificate

local STEPS = 2000          -- entries that are read
local ACTIVITIES = 200

local volunteer, from, to, role, scope, code = arguments()
local utc_offset = shared()

local a = account_read(keys(), volunteer, today_at(utc_offset))

if not a then
    return {'not-found'}
end
if out_of_scope(role, scope, a) then
    return {'forbidden'}
end
from, to = tonumber(from), tonumber(to)
if from and to and to < from then
    return {'invalid-field', 'is before from', 'to'}
end

local prefix = a.prefix
local ledger = prefix .. 'ledger'
local history = chain_new(prefix)
if a.last ~= '' then
    chain_add(history, linked(a.last), a.id)
end

-- whether the caller certifies what that org recorded
local function certifies(recorder)
    return role ~= 'organizer'
           or recorder ~= '' and org_reaches(prefix, scope, recorder)
end

-- minutes by what they were for, and the days of them
local sums, days = {}, {}
local function count(e, o)
    local on = integer(e.on, nil, ledger, 'on')
    local recorder = o.role == 'organizer' and o.scope or ''
    if from and on < from or to and on > to or not certifies(recorder) then
        return
    end
    local what = o.ref .. '\t' .. recorder
    local minutes = integer(e.minutes, nil, ledger, 'minutes')
    sums[what] = (sums[what] or 0) + minutes
    days[on] = (days[on] or 0) + minutes
end

local steps = 0
while true do
    local e = chain_next(history)
    -- nothing counts for a day to come
    if not e or from
        and day_of(entry_seconds(e.id), utc_offset) < from
    then
        break
    end
    steps = steps + 1
    if steps > STEPS then
        return {'limit-reached', 'the account has more than ' .. STEPS
                .. ' entries since then'}
    end
    if e.type == 'hours' then
        count(e, e)
    elseif e.type == 'reversal' and e.minutes ~= '' then
        local o = ledger_read(prefix, e.ref) or corrupt(ledger, e.id .. ' ref')
        if o.type == 'hours' then
            count(e, o)
        end
    end
end

local whats, minutes = {}, 0
for what, n in pairs(sums) do
    if n > 0 then
        whats[#whats + 1] = what
        minutes = minutes + n
    end
end
if #whats == 0 then
    return {'not-found', 'there are no hours to certify'}
end
if #whats > ACTIVITIES then
    return {'limit-reached', 'there are more than ' .. ACTIVITIES
            .. ' activities'}
end
table.sort(whats, bytes_before)

-- what was not said are the first and the last day
local first, last
for day, n in pairs(days) do
    if n > 0 then
        first = math.min(first or day, day)
        last = math.max(last or day, day)
    end
end

local c = {
    content = table.concat({
        a.id, digits[from or first], digits[to or last],
        role == 'organizer' and scope or district_of(prefix), digits[minutes]
    }, '\t') .. '\n',
    issued = now()
}
for i, what in ipairs(whats) do
    whats[i] = what .. '\t' .. digits[sums[what]] .. '\n'
end
c.content = c.content .. table.concat(whats)

local list = prefix .. 'cl:' .. a.id
local codes = redis.call('LRANGE', list, 0, -1)
for i = #codes, 1, -1 do
    local key = prefix .. 'ct:' .. codes[i]
    local issued = certificate_read(key)
    if issued and issued.content == c.content then
        return certificate_reply(prefix, key, codes[i], issued)
    end
end

local key = prefix .. 'ct:' .. code
if redis.call('EXISTS', key) == 1 then
    corrupt(prefix .. 'ct:', 'is there already')
end
if #codes >= CERTIFICATES_MAX then
    redis.call('DEL', prefix .. 'ct:' .. codes[1])
    redis.call('LTRIM', list, 1, -1)
end
redis.call('HSET', key, 'content', c.content, 'issued', c.issued)
redis.call('RPUSH', list, code)

return certificate_reply(prefix, key, code, c)
