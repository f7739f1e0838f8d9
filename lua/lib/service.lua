--include signup
--include hours
--include granted
--include person

-- Service in an activity becomes points: an entry of hours, as any, whose ref
-- is the activity and which counts for its org.

-- whether what somebody was given for a sign-up was taken back
local function service_reversed(a, s)
    return s.state == 'served'
           and redis.call('HEXISTS', a.prefix .. 'reversed', s.entry) == 1
end

-- another id of a person's under which they have served in an activity, or nil
local function served_as(a, s, account)
    if a.served == 0 then
        return nil
    end
    for _, other in ipairs(person_ids(a.prefix, account.id)) do
        local o = other ~= s.volunteer and signup_read(a, other)
        if o and o.state == 'served' and not service_reversed(a, o) then
            return other
        end
    end
    return nil
end

-- Records minutes on a day for a sign-up, in place of those that were taken
-- back.  c has the volunteer's account_key, user, role and scope, granted_key,
-- organizer_minutes, and rules, as hours_record() takes them; or the account
-- itself of a caller who writes what the activity counts.  Returns the reply
-- without its account, and the account; or nil and the refusal.
local function service_record(a, s, minutes, on, c)
    local account = c.account
                    or account_read(c.account_key, s.volunteer,
                                    today_at(c.rules.utc_offset))
    if not account then
        return nil, {'not-found', '', 'volunteer'}
    end
    -- one person has one presence, under whichever id
    if account.id ~= s.volunteer and signup_read(a, account.id) then
        return nil, {'merged', 'it is now ' .. account.id, 'volunteer'}
    end
    local other = served_as(a, s, account)
    if other then
        return nil, {'already-served', 'the volunteer has served as ' .. other}
    end

    local served, given = a.served, a.minutes
    if s.state == 'served' then
        served, given = served - 1, given - s.minutes
    end

    -- each has one place, so all have no more than all places for all the time
    local places, length = 0, activity_minutes(a)
    for _, p in ipairs(a.posts) do
        places = places + p.places
    end
    if minutes > length or given + minutes > places * length then
        return nil, {'limit-reached', 'the activity has ' .. length
                                      .. ' minutes and ' .. places
                                      .. ' places'}
    end

    local granted
    if c.role == 'organizer' then
        local limit
        granted, limit = granted_allow(c.granted_key, c.organizer_minutes,
                                       account.today, minutes)
        if limit then
            return nil, {'limit-reached', limit}
        end
    end

    -- after it was closed it counts with the first who has served
    local counts = a.state == 'closed' and not a.counted
    local year = year_of(day_of(a.starts, c.rules.utc_offset))
    if counts then
        count_ready(a, year)
    end

    local entry, points, earned = hours_record(account, {
        minutes = minutes, on = on, ref = a.id, org = a.org, by = c.user,
        role = c.role, scope = c.scope, counted = granted and 'organizer'
    }, c.rules)
    if not entry then
        return nil, points
    end
    if granted then
        granted_write(c.granted_key, granted)
    end

    s.state = 'served'
    s.minutes = minutes
    s.entry = entry
    signup_write(a, s)
    a.served = served + 1
    a.minutes = given + minutes
    if not c.account then
        redis.call('HSET', a.key, 'served', digits[a.served], 'minutes',
                   digits[a.minutes])
    end
    if counts then
        activity_count(a, year)
    end
    return {201, 0, a.id, s.volunteer, minutes, entry, points, earned}, account
end

-- the reply with the account, where the caller may see that
local function service_reply(reply, account, c, stars, obligations)
    local values = {false}
    if not out_of_scope(c.role, c.scope, account) then
        values = {account_values(account, c.rules.points_per_hour, stars,
                                 obligations)}
    end
    for i, value in ipairs(values) do
        reply[8 + i] = value
    end
    return reply
end
