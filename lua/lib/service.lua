--include signup
--include hours
--include granted

-- Service in an activity becomes points: an entry of hours, as any, whose ref
-- is the activity and which counts for its org.

-- another id of a person's under which they have served in an activity, or nil
local function served_as(a, s, account)
    if a.served == 0
        or redis.call('HEXISTS', account.key, 'merges') == 0
    then
        return nil
    end
    local f = redis.call('HGETALL', signups_key(a))
    for i = 1, #f, 2 do
        local other = f[i]
        if other ~= s.volunteer
            and signup_parse(a, other, f[i + 1]).state == 'served'
            and answering(a.prefix, other) == account.id
        then
            return other
        end
    end
    return nil
end

-- Records minutes on a day for a sign-up.  c has volunteer and their
-- account_key, user, role and scope, granted_key, organizer_minutes,
-- utc_offset, and rules, as hours_record() takes them.  Returns the reply
-- without its account, and the account; or nil and the refusal.
local function service_record(a, s, minutes, on, c)
    local account = account_read(c.account_key, s.volunteer,
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

    -- each has one place, so all have no more than all places for all the time
    local places, length = 0, activity_minutes(a)
    for _, p in ipairs(a.posts) do
        places = places + p.places
    end
    if minutes > length or a.minutes + minutes > places * length then
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
    a.served = a.served + 1
    a.minutes = a.minutes + minutes
    local year = year_of(day_of(a.starts, c.rules.utc_offset))
    if activity_countable(a) then
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
    redis.call('HSET', a.key, 'served', a.served, 'minutes', a.minutes)
    if activity_countable(a) then
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
