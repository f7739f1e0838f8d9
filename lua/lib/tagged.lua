--include check

-- Volunteers by what they can do, for the needs that ask for it: those of an
-- org who have a tag are a sorted set at gt:ORG:TAG, those of the district at
-- gt::TAG, ordered by how often they were called, which is `called` of their
-- account.  Whoever has no station, or no tags, is in none of them.

local function tagged_key(prefix, org, tag)
    return prefix .. 'gt:' .. org .. ':' .. tag
end

-- Calls f with the keys at which a volunteer of a station and of tags, "a,b",
-- stands.
local function tagged_each(prefix, station, tags, f)
    if not station or station == '' then
        return
    end
    for tag in (tags or ''):gmatch('[^,]+') do
        f(tagged_key(prefix, station, tag))
        f(tagged_key(prefix, '', tag))
    end
end

-- ends the script unless a volunteer can come there, or leave
local function tagged_ready(prefix, station, tags)
    tagged_each(prefix, station, tags, function(key)
        of_type_once(key, 'zset')
    end)
end

-- how often the volunteer of an account was called
local function called_of(prefix, volunteer)
    local key = prefix .. 'v:' .. volunteer
    return natural(redis.call('HGET', key, 'called'), 0, key, 'called')
end

local function tagged_join(prefix, station, tags, volunteer, called)
    tagged_each(prefix, station, tags, function(key)
        redis.call('ZADD', key, called, volunteer)
    end)
end

local function tagged_leave(prefix, station, tags, volunteer)
    tagged_each(prefix, station, tags, function(key)
        redis.call('ZREM', key, volunteer)
    end)
end
