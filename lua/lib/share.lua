--include signup
--include answering

-- What a volunteer tells of an activity in which they served is in the hash
-- sh:ACTIVITY: volunteer -> second, hidden, pictures, text, with tabs.
-- st:ACTIVITY lists them by second, then volunteer; who thanked one is a hash
-- of users at sx:ACTIVITY:VOLUNTEER, and what a user thanked for is a sorted
-- set of "ACTIVITY:VOLUNTEER" at sy:USER.

local SHARE_PLACE = '%d%d%d%d%d%d%d%d%d%d%d%d:[%w._-]+'
local THANKS_MAX = 10000        -- for one share

local function shares_key(a)
    return a.prefix .. 'sh:' .. a.id
end

local function shares_list(a)
    return a.prefix .. 'st:' .. a.id
end

local function thanks_key(a, volunteer)
    return a.prefix .. 'sx:' .. a.id .. ':' .. volunteer
end

local function thanked_key(prefix, user)
    return prefix .. 'sy:' .. user
end

local function thanked_member(a, volunteer)
    return a.id .. ':' .. volunteer
end

-- ends the script unless somebody's thanks for a share can be written
local function thanks_ready(a, user)
    of_type(thanked_key(a.prefix, user), 'zset')
end

local function thanks_write(a, volunteer, user)
    redis.call('HSET', thanks_key(a, volunteer), user, '1')
    redis.call('ZADD', thanked_key(a.prefix, user), 0,
               thanked_member(a, volunteer))
end

local function share_member(s)
    return string.format('%012d:', s.at) .. s.volunteer
end

-- what a volunteer tells, or nil
local function share_read(a, volunteer)
    local text = redis.call('HGET', shares_key(a), volunteer)
    if not text then
        return nil
    end
    local at, hidden, pictures, told =
        text:match('^(%d+)\t([01])\t([%w._,-]*)\t([^\t]+)$')
    if not at or #at > 12 then
        corrupt(shares_key(a), volunteer)
    end
    return {volunteer = volunteer, at = tonumber(at), hidden = hidden == '1',
            pictures = pictures, text = utf8(told, shares_key(a), volunteer)}
end

local function share_write(a, s)
    redis.call('HSET', shares_key(a), s.volunteer,
               digits[s.at] .. '\t' .. (s.hidden and '1' or '0') .. '\t'
               .. s.pictures .. '\t' .. s.text)
end

-- whether who told it is a minor, by that id or by what answers for it
local function is_minor(prefix, volunteer)
    for _, one in ipairs({volunteer, answering(prefix, volunteer)}) do
        if redis.call('HGET', prefix .. 'v:' .. one, 'minor') then
            return true
        end
    end
    return false
end

-- the share as the end of a reply
local function share_values(a, s)
    return a.id, s.volunteer, s.at, s.text, s.pictures,
           redis.call('HLEN', thanks_key(a, s.volunteer)),
           s.hidden and 1 or false
end

-- Hides a share, or shows it again: the reply.
local function share_set_hidden(hidden, prefix, activity, volunteer, role,
                                scope)
    local a, refusal = activity_managed(prefix, activity, role, scope,
                                        'activity')
    if not a then
        return refusal
    end
    local s = share_read(a, volunteer)
    if not s then
        return {'not-found', '', 'volunteer'}
    end

    of_type(thanks_key(a, volunteer), 'hash')
    s.hidden = hidden
    share_write(a, s)

    return {200, 0, share_values(a, s)}
end
