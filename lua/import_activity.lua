-- A line of an import that is an activity: the same as PUT, by an admin, in any
-- state.  One that is closed or cancelled stays as it is.
-- KEYS   activity
-- ARGV   prefix activity title org project starts ends withdraw_until place
--        latitude longitude radius tags emergency beneficiaries posts state
--        closed secret
-- shared utc_offset
-- reply  201 or 200, 1 when it is so already
-- or     not-open invalid-field(org, project, starts, ends, withdraw_until,
--        latitude, longitude, radius, posts, state, closed)

--include activity_put

-- the states that an activity may come to, by its state
local AFTER = {
    draft = {draft = true, open = true, closed = true, cancelled = true},
    open = {open = true, closed = true, cancelled = true},
    closed = {closed = true},
    cancelled = {cancelled = true}
}

local key = keys()
local utc_offset = shared()
local prefix, activity, state, closed
local said = {}

prefix, activity, said.title, said.org, said.project, said.starts, said.ends,
said.withdraw_until, said.place, said.latitude, said.longitude, said.radius,
said.tags, said.emergency, said.beneficiaries, said.posts, state, closed,
said.secret = arguments()

local old = activity_read(prefix, activity)

if state == '' then
    state = old and old.state or 'draft'
end
if not ACTIVITY_STATES[state] then
    return {'invalid-field', 'must be draft, open, closed or cancelled',
            'state'}
end
if old and not AFTER[old.state][state] then
    return activity_not_open(old, now())
end

local starts = tonumber(said.starts)
if state == 'closed' and starts > now() then
    return {'invalid-field', 'the activity has not begun', 'state'}
end
if closed ~= '' and (state ~= 'closed' or tonumber(closed) < starts
                     or tonumber(closed) > now())
then
    return {'invalid-field', 'is no time at which this was closed', 'closed'}
end

local a, refusal = activity_said(prefix, activity, key, said, state, old,
                                 utc_offset)
if not a then
    return refusal
end

-- whether the activity is as it is said
local function so_already()
    local set, unset = activity_fields(a, said)
    if closed ~= '' then
        put_field(set, nil, 'closed', closed)
    end
    local there = fields_of(redis.call('HGETALL', key))
    for i = 1, #set, 2 do
        if there[set[i]] ~= set[i + 1] then
            return false
        end
    end
    for _, field in ipairs(unset) do
        if (there[field] or '0') ~= '0' then
            return false
        end
    end
    return true
end

if old and old.state == state and so_already() then
    return {200, 1}
end
if old and old.state == 'closed' or old and old.state == 'cancelled' then
    return activity_not_open(old, now())
end

if state ~= 'closed' then
    activity_put(a, said, old)
    return {old and 200 or 201, 0}
end

local year = year_of(day_of(a.starts, utc_offset))
a.served = old and old.served or 0
a.beneficiaries = tonumber(said.beneficiaries) or 0
count_ready(a, year)
activity_put(a, said, old, 'closed', closed ~= '' and closed or digits[now()])
if activity_countable(a) then
    activity_count(a, year)
end
return {old and 200 or 201, 0}
