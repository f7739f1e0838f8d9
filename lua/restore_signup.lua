-- A line of an import that is a sign-up: who had a place in an activity, waited
-- for one or has served, as it was.  Places, minutes and what the org counts
-- follow from it.
-- KEYS   activity
-- ARGV   prefix activity volunteer post state signed_up checked_in minutes
--        entry
-- shared utc_offset
-- reply  201, or 200, 1 when it is so already
-- or     not-found(activity, volunteer) not-open limit-reached
--        invalid-field(volunteer, post, state, signed_up, checked_in, minutes,
--        entry)

--include signup
--include restored

local key = keys()
local prefix, activity, volunteer, post, state, at, checked_in, minutes,
      entry = arguments()
local utc_offset = shared()

local a = activity_read(prefix, activity)
if not a then
    return {'not-found', '', 'activity'}
end
if not account_exists(prefix, volunteer) then
    return {'not-found', '', 'volunteer'}
end
-- of who was erased it stays what they did
if state ~= 'served' and is_erased(prefix, volunteer) then
    return {200, 1}
end

local s = {volunteer = volunteer, post = post, state = state,
           at = tonumber(at), checked_in = tonumber(checked_in),
           minutes = tonumber(minutes), entry = entry ~= '' and entry or nil}

-- what a line of that state may not say, or must
local function wrong()
    if not SIGNUP_STATES[state] then
        return 'state', 'must be placed, waiting, present or served'
    end
    if s.at > now() then
        return 'signed_up', 'is in the future'
    end
    if state == 'present' and not s.checked_in then
        return 'checked_in', 'is required'
    end
    if s.checked_in and (state == 'placed' or state == 'waiting'
                         or s.checked_in > now())
    then
        return 'checked_in', 'can\'t be'
    end
    for field, value in pairs({minutes = s.minutes or false,
                               entry = s.entry or false}) do
        if (state == 'served') ~= (value ~= false) then
            return field, state == 'served' and 'is required' or 'can\'t be'
        end
    end
    if s.minutes and s.minutes > activity_minutes(a) then
        return 'minutes', 'are more than the activity has'
    end
    if s.entry and not hours_entry(prefix, s.entry, volunteer, a.id, s.minutes)
    then
        return 'entry', 'is no entry of these hours'
    end
end

local there = signup_read(a, volunteer)
local same = there
for _, name in ipairs({'post', 'state', 'at', 'checked_in', 'minutes',
                       'entry'}) do
    same = same and (there[name] or nil) == s[name]
end
if same then
    return {200, 1}
end
-- of an older registry: the ledger has told of the hours since
if there and there.state == 'served' and there.post == post
    and there.at == s.at and there.checked_in == s.checked_in
    and (state == 'placed' or state == 'present' or state == 'served'
         and s.entry and redis.call('HEXISTS', prefix .. 'reversed',
                                    s.entry) == 1)
    and entry_read(prefix .. 'ledger', there.entry)
then
    return {200, 1}
end
local field, detail = wrong()
if field then
    return {'invalid-field', detail, field}
end
if there then
    return {'invalid-field', CONTRADICTS, 'volunteer'}
end
if a.state == 'draft' then
    return activity_not_open(a, now())
end
local p = a.posts[post]
if not p then
    return {'invalid-field', 'is no post of the activity', 'post'}
end
local waits = state == 'waiting'
if not waits and p.taken >= p.places
    or waits and redis.call('ZCARD', waiting_key(a, post)) >= WAITING_MAX
then
    return {'limit-reached', 'there is no such place', 'post'}
end
signup_ready(a, volunteer, post)

local was_free = activity_free(a)
local seq = digits[a.seq + 1]
local set = {'seq', seq}
if not waits then
    p.taken = p.taken + 1
    set[3], set[4] = 'taken:' .. post, digits[p.taken]
end
local year = year_of(day_of(a.starts, utc_offset))
if s.entry then
    a.served = a.served + 1
    a.minutes = a.minutes + s.minutes
    set[5], set[6] = 'served', digits[a.served]
    set[7], set[8] = 'minutes', digits[a.minutes]
    if activity_countable(a) then
        count_ready(a, year)
    end
end

redis.call('HSET', key, unpack(set))
signup_write(a, s)
redis.call('ZADD', order_key(a), seq, volunteer)
redis.call('ZADD', prefix .. 'sv:' .. volunteer, '0', signup_member(a))
if waits then
    redis.call('ZADD', waiting_key(a, post), seq, volunteer)
end
list_free(a, was_free)
if s.entry and activity_countable(a) then
    activity_count(a, year)
end

return {201, 0}
