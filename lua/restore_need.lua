-- A line of an import that is a need, in the state in which it was.  Its lists,
-- and how often its volunteer was called at least, follow from it.
-- KEYS   need last
-- ARGV   prefix need title tags station scope on starts minutes until state
--        note resident volunteer entry line rises by
-- shared utc_offset
-- reply  201, or 200, 1 when it is so already
-- or     not-found(volunteer) invalid-field(need, station, scope, starts,
--        until, state, volunteer, entry, line, rises)

--include need
--include tagged
--include fields
--include restored

local key, last_key = keys()
local prefix = arguments()
local utc_offset = shared()

-- which states have a volunteer: always, never or perhaps
local TAKEN = {open = false, accepted = true, done = true, expired = false}

local said = {}
for i, field in ipairs({'id', 'title', 'tags', 'station', 'scope', 'on',
                        'starts', 'minutes', 'until', 'state', 'note',
                        'resident', 'volunteer', 'entry', 'line', 'rises',
                        'by'}) do
    local value = select(i + 1, arguments())
    said[field] = value ~= '' and value or nil
end

local n = need_with({key = key, prefix = prefix}, said)
for _, field in ipairs({'on', 'starts', 'minutes', 'until', 'rises'}) do
    n[field] = tonumber(n[field])
end

-- what was asked or taken by one who was erased is of the past
local function of_the_past()
    for _, who in ipairs({'resident', 'volunteer'}) do
        if n[who] and is_erased(prefix, n[who]) then
            return true
        end
    end
    return false
end

-- the field at fault, and why; or nil
local function wrong()
    if not need_place(n.id) or n.id:find('-0%d')
        or entry_place(n.id) >= (now() + 1) * 1000
    then
        return 'need', 'is not the id of a need'
    end
    if redis.call('HEXISTS', prefix .. 'g:' .. n.station, 'title') == 0 then
        return 'station', 'is no org'
    end
    if (n.line .. ','):sub(1, #n.station + 1) ~= n.station .. ',' then
        return 'line', 'does not begin with the station'
    end
    if redis.call('HEXISTS', prefix .. 'g:' .. n.scope, 'title') == 0 then
        return 'scope', 'is no org'
    end
    if n.starts and day_of(n.starts, utc_offset) ~= n.on then
        return 'starts', 'is not of that day'
    end
    if n['until'] > (n.starts or day_start(n.on + 1, utc_offset)) then
        return 'until', 'is after it begins'
    end
    if n.rises > n['until'] then
        return 'rises', 'is after its end'
    end
    local taken = TAKEN[n.state]
    if taken ~= nil and taken ~= (n.volunteer ~= nil) then
        return 'volunteer', taken and 'is required' or 'can\'t be'
    end
    if (n.state == 'confirmed') ~= (n.entry ~= nil) then
        return 'entry', n.entry and 'can\'t be' or 'is required'
    end
    if n.entry and not hours_entry(prefix, n.entry, n.volunteer, n.id,
                                   n.minutes)
    then
        return 'entry', 'is no entry of these hours'
    end
end

if of_the_past() then
    return {200, 1}
end
-- an open one may have gone up the tree or expired since
local there = need_read(key, n.id)
local same = there and redis.call('HGET', key, 'by') == (n.by or false)
if same then
    local old, new = need_by(there, now()), need_by(n, now())
    for _, name in ipairs(NEED_FIELDS) do
        same = same and (old[name] or nil) == new[name]
    end
end
if same then
    return {200, 1}
end
-- of an older registry: the ledger has told of the hours since
if there and there.state == 'confirmed' and n.state ~= 'confirmed'
    and there.title == n.title and there.station == n.station
    and there.on == n.on and there.minutes == n.minutes
    and entry_read(prefix .. 'ledger', there.entry)
then
    return {200, 1}
end
local field, detail = wrong()
if field then
    return {'invalid-field', detail, field}
end
if there then
    return {'invalid-field', CONTRADICTS, 'need'}
end

local account, called
if n.volunteer then
    if not account_exists(prefix, n.volunteer) then
        return {'not-found', '', 'volunteer'}
    end
    account = redis.call('HMGET', prefix .. 'v:' .. n.volunteer, 'station',
                         'tags', 'merged')
    if account[3] then
        account[1] = false
    end
    tagged_ready(prefix, account[1], account[2])
    called = called_of(prefix, n.volunteer)
end
local last = redis.call('GET', last_key)
if last and not need_place(last) then
    corrupt(last_key, 'is no need')
end
need_ready(n)

if not last or entry_above(n.id, last) then
    redis.call('SET', last_key, n.id)
end
local set = {}
put_field(set, nil, 'by', n.by or '')
for _, name in ipairs(NEED_FIELDS) do
    put_field(set, nil, name, said[name] or '')
end
redis.call('HSET', key, unpack(set))
need_list(n)
if n.volunteer then
    local taken = redis.call('ZCARD', prefix .. 'nw:' .. n.volunteer)
    if taken > called then
        redis.call('HSET', prefix .. 'v:' .. n.volunteer, 'called', taken)
        tagged_join(prefix, account[1], account[2], n.volunteer, taken)
    end
end

return {201, 0}
