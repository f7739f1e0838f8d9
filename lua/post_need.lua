-- POST /needs: a resident asks for something, or an organizer for a station
-- that they reach.  Nobody asks for more than NEEDS_ASKED things at once.
-- KEYS   last record bucket
-- ARGV   prefix title tags station on starts minutes note until resident,
--        user role scope fingerprint
-- shared window, utc_offset minutes_per_day
-- reply  201, the need
-- or     forbidden erased(resident) invalid-field(station, on, starts, minutes,
--        until) limit-reached idempotency-key-reused

--include replay
--include need
--include fields
--include erased

local NEEDS_ASKED = 20          -- of one resident, that have not ended
local DAYS_AHEAD = 366

local last_key, record, bucket = keys()
local prefix, title, tags, station, on, starts, minutes, note, ends, resident,
      user, role, scope, fingerprint = arguments()
local window, utc_offset, minutes_per_day = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local time, today = now(), today_at(utc_offset)
on = tonumber(on)
starts = tonumber(starts)
ends = tonumber(ends)

if resident ~= '' and is_erased(prefix, resident) then
    return {'erased', '', 'resident'}
end
if redis.call('HEXISTS', prefix .. 'g:' .. station, 'title') == 0 then
    return {'invalid-field', 'is no org', 'station'}
end
if role == 'organizer' and not org_reaches(prefix, scope, station) then
    return {'forbidden'}
end
if on < today then
    return {'invalid-field', 'is in the past', 'on'}
end
if on > today + DAYS_AHEAD then
    return {'invalid-field', 'is more than ' .. DAYS_AHEAD .. ' days ahead',
            'on'}
end
if starts and (day_of(starts, utc_offset) ~= on or starts <= time) then
    return {'invalid-field', 'is no time to come of that day', 'starts'}
end
local most = in_force(minutes_per_day, on)
if tonumber(minutes) > tonumber(most) then
    return {'invalid-field', 'limits.minutes_per_day is ' .. most, 'minutes'}
end
local latest = starts or day_start(on + 1, utc_offset)
if ends and (ends <= time or ends > latest) then
    return {'invalid-field', 'is not between now and its beginning', 'until'}
end
ends = ends or latest

-- the id that comes next
local last = redis.call('GET', last_key)
if last and not need_place(last) then
    corrupt(last_key, 'is no need')
end
local clock = redis.call('TIME')
local ms = clock[1] * 1000 + math.floor(clock[2] / 1000)
local seq = 0
if last then
    local last_ms, last_seq = entry_place(last)
    if last_ms >= ms then
        ms, seq = last_ms, last_seq + 1
    end
    if seq > 999 then
        ms, seq = ms + 1, 0
    end
end
local need = digits[ms] .. '-' .. seq

local line = org_line(prefix, station)
local n = {
    id = need, key = prefix .. 'n:' .. need, prefix = prefix, title = title,
    tags = tags ~= '' and tags or nil, station = station,
    line = table.concat(line, ','), scope = station, on = on, starts = starts,
    minutes = tonumber(minutes), note = note ~= '' and note or nil,
    ['until'] = ends, rises = time + math.ceil((ends - time) / #line),
    resident = resident ~= '' and resident or nil, state = 'open'
}
need_ready(n)
if redis.call('EXISTS', n.key) == 1 then
    corrupt(last_key, 'is not the last need')
end

if role == 'volunteer'
    and needs_many(prefix, prefix .. 'np:' .. resident, NEEDS_ASKED)
then
    return {'limit-reached', NEEDS_ASKED .. ' needs have not ended'}
end

redis.call('SET', last_key, need)
local set = {'by', user}
for _, field in ipairs(NEED_FIELDS) do
    put_field(set, nil, field, n[field] and tostring(n[field]) or '')
end
redis.call('HSET', n.key, unpack(set))
need_list(n)

return remember(record, fingerprint, window, {201, 0, need_values(n, true)})
