--include signup
--include hours
--include granted
--include chain

-- Service in an activity becomes points: an entry of hours, as any, whose ref
-- is the activity and which counts for its org.

local PRESENCE_STEPS = 500      -- entries that are read

-- whether the person of an account that others were merged into has served in
-- an activity already, by an id that was one of these
local function served_otherwise(a, account)
    if natural(redis.call('HGET', account.key, 'merges'), 0, account.key,
               'merges') == 0
    then
        return false
    end
    local history = chain_new(account.prefix)
    if account.last ~= '' then
        chain_add(history, linked(account.last), account.id)
    end
    for _ = 1, PRESENCE_STEPS do
        local e = chain_next(history)
        -- nobody serves before the activity begins
        if not e or entry_seconds(e.id) < a.starts then
            return false
        end
        if e.type == 'hours' and e.ref == a.id then
            return true
        end
    end
    return false
end

-- Records minutes on a day for a sign-up.  c has the volunteer's account_key,
-- user, role and scope, granted_key, organizer_minutes, and rules, as
-- hours_record() takes them; or the account itself of a caller who writes what
-- the activity counts.  Returns the reply
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
    if served_otherwise(a, account) then
        return nil, {'already-served', 'by an id that was merged into '
                                       .. account.id}
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
    a.served = a.served + 1
    a.minutes = a.minutes + minutes
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
