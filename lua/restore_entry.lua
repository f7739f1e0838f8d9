-- A line of an import that is an entry of a ledger: it is written again under
-- its own id, with all that it did; its links are made anew.  The points, the
-- points earned and the balance that it tells must follow from what is there.
-- The sweep rests until the last entry is in, for what is due may be in those
-- to come; then it begins where the ledger does.
-- KEYS   ledger, the sweep's lease, sweep
-- ARGV   prefix entry, the fields of an entry in their order
-- shared utc_offset kept_days
-- reply  200, 1 when the entry is there already
-- or     invalid-field not-found(volunteer)

--include lease
--include restore_account
--include restore_effects
--include restore_erase
--include restore_served
--include served
--include totals

-- whether there may be something of which these are the hours, but not told so
local function restore_unserved(r, e)
    if e.ref == '' or e.note ~= '' then
        return false
    end
    if served_by(e) > 0 then
        return redis.call('HGET', r.prefix .. 'n:' .. e.ref, 'entry') ~= e.id
    end
    local key = r.prefix .. 's:' .. e.ref
    local text = redis.call('HGET', key, e.volunteer)
    if text then
        return text:sub(-1 - #e.id) ~= '\t' .. e.id
    end
    return redis.call('EXISTS', key) == 1
end

-- a registry is mostly as new as its ledger
restore.hours = function(r, e)
    local granted = restore_granted(r, e)
    if not restore_unserved(r, e) then
        return granted
    end
    --seldom
    local served = restore_served(r, e)
    if served and r.told then
        served = restore_told(r, e.volunteer, served)
    end
    return served and function()
        granted()
        served()
    end or granted
end

local restore_joined = restore.merge

restore.merge = function(r, e)
    local write, refusal = restore_joined(r, e)
    if write and r.told then
        --seldom
        write = restore_told(r, e.volunteer, write)
    end
    return write, refusal
end

-- hardly any entry is one
restore.erased = function(r, e)
    --seldom
    return restore_erased(r, e)
end

local ledger, lease, sweep = keys()
local prefix, entry = arguments()
local utc_offset, kept_days = shared()

local values = {select(3, arguments())}
local text = entry_trimmed(table.concat(values, '\t'))

local ms, seq = entry:match('^(%d+)%-(%d+)$')
if not ms or not number_of(ms) or not number_of(seq) or entry == '0-0' then
    return {'invalid-field', 'is not the id of an entry', 'entry'}
end

local e, lacks = entry_of(entry, values)
if not e then
    return {'invalid-field', 'is not as an entry must have it', lacks}
end

-- an entry that is there is the same, or another
local there = redis.call('XRANGE', ledger, entry, entry)[1]
if there then
    return there[2][1] == 'entry' and there[2][2] == text and {200, 1}
           or {'invalid-field', 'is another entry already', 'entry'}
end

local last = redis.call('XREVRANGE', ledger, '+', '-', 'COUNT', 1)[1]
if last and not entry_above(entry, last[1]) then
    return {'invalid-field', 'is not above the last entry ' .. last[1],
            'entry'}
end

local time = math.floor(ms / 1000)
local r = {
    prefix = prefix, utc_offset = utc_offset, kept_days = kept_days,
    time = time, day = day_of(time, utc_offset)
}
local o = e.type == 'reversal' and entry_read(ledger, e.ref) or nil
local s, wrong

if e.volunteer ~= '' then
    s = restore_read(prefix, e.volunteer, e.type == 'merged')
    if not s then
        return {'not-found', 'no such account', 'volunteer'}
    end
    r.told = s.told
    fold_entry(s, e, o, utc_offset, function(field, expected, found, detail)
        wrong = wrong or {'invalid-field', detail or 'must be '
                          .. tostring(expected), field}
    end)
end
if wrong then
    return wrong
end

local write, refusal = write_nothing, nil
if restore[e.type] then
    write, refusal = restore[e.type](r, e, o)
end
if not write then
    return refusal
end

local added = totals_of(e, o)
for name in pairs(added) do
    books_ready(prefix, name)
end

org_earned_ready(prefix, e.org, e.on)
local persons = served_by(e, o)
served_ready(prefix, e.org, e.on, persons)

if s then
    restore_ready(prefix, s, r.day)
end

if held(lease) then
    redis.call('DEL', sweep)
end
redis.call('XADD', ledger, entry, 'entry', text, 'before',
           (s and s.last or '') .. (r.joined and ' ' .. r.joined or ''))
if s then
    s.last = link_to(entry)
    restore_write(prefix, s, r.day)
end
for name, n in pairs(added) do
    books_add(prefix, name, n)
end
org_earned(e.org, e.on, added.minutes or 0, added.earned or 0)
served_add(e.org, e.on, persons)
write()

return {200, 0}
