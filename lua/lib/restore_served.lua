--include need
--include person
--include served
--include signup
--include tagged

-- A registry may be older than its ledger: hours that came since are those of a
-- sign-up or of a need, which becomes what it was when they were written.  Else
-- they could be confirmed once more.

-- Whether hours may be those of an activity: one that somebody signed up for
-- keeps its time and its org.  Hours that were recorded by themselves, on its
-- day, for its org, without a note, look the same: whoever has these is told
-- served.
local function restore_fits(r, e, a)
    return (a.org or '') == e.org and e.minutes <= activity_minutes(a)
           and day_of(a.starts, r.utc_offset) <= e.on
           and e.on <= day_of(a.ends, r.utc_offset)
end

-- The sign-up that hours are those of, or nil: nobody serves twice, under
-- whichever id, but in place of hours that were taken back.
local function restore_signup_of(a, volunteer)
    local found
    for _, one in ipairs(person_ids(a.prefix, volunteer)) do
        local s = signup_read(a, one)
        if s and s.state == 'served'
            and redis.call('HEXISTS', a.prefix .. 'reversed', s.entry) == 0
        then
            return nil
        end
        if s and s.state ~= 'waiting' then
            found = found or s
        end
    end
    return found
end

local function restore_service(r, e)
    local s = restore_signup_of({prefix = r.prefix, id = e.ref}, e.volunteer)
    local a = s and (activity_read(r.prefix, e.ref)
                     or corrupt(r.prefix .. 's:' .. e.ref, s.volunteer))
    if not a or not restore_fits(r, e, a) then
        return nil
    end
    of_type(a.key, 'hash')
    if s.state == 'served' then
        a.served, a.minutes = a.served - 1, a.minutes - s.minutes
    end
    a.served, a.minutes = a.served + 1, a.minutes + e.minutes
    local year = year_of(day_of(a.starts, r.utc_offset))
    local counts = activity_countable(a)
    if counts then
        count_ready(a, year)
    end
    s.state, s.minutes, s.entry = 'served', e.minutes, e.id
    return function()
        signup_write(a, s)
        redis.call('HSET', a.key, 'served', digits[a.served], 'minutes',
                   digits[a.minutes])
        if counts then
            activity_count(a, year)
        end
    end
end

-- The need that hours are those of is confirmed; who took it since did so.
local function restore_confirmed(r, e)
    local key = r.prefix .. 'n:' .. e.ref
    local n = need_place(e.ref) and need_read(key, e.ref)
    if not n or n.state == 'confirmed' or n.state == 'withdrawn'
        or n.minutes ~= e.minutes
    then
        return nil
    end
    local to = need_with(n, {state = 'confirmed', entry = e.id})
    local taken = not is_person(r.prefix, n.volunteer, e.volunteer)
    if taken then
        to.volunteer = e.volunteer
    end
    need_ready(n)
    need_ready(to)
    local account = r.prefix .. 'v:' .. e.volunteer
    local f = redis.call('HMGET', account, 'station', 'tags')
    local called = called_of(r.prefix, e.volunteer) + 1
    tagged_ready(r.prefix, f[1], f[2])
    return function()
        need_write(n, to)
        if taken then
            redis.call('HSET', account, 'called', called)
            tagged_join(r.prefix, f[1], f[2], e.volunteer, called)
        end
    end
end

-- what writes it that somebody served by an entry of hours, or nil
local function restore_served(r, e)
    return (served_by(e) > 0 and restore_confirmed or restore_service)(r, e)
end
