--include org

-- A team is a hash at t:TEAM of title, kind, org and leader.  Its members, the
-- volunteers whose account names it, are a sorted set at tm:TEAM, ordered by
-- their ids.

-- the team at key, or nil
local function team_read(key, team)
    local f = redis.call('HMGET', key, 'title', 'kind', 'org', 'leader')
    if not f[1] then
        return nil
    end
    return {
        id = team, title = f[1], kind = f[2] or corrupt(key, 'kind'),
        org = f[3] and id(f[3], key, 'org'),
        leader = f[4] and id(f[4], key, 'leader')
    }
end

-- the team as the end of a reply
local function team_values(prefix, t)
    return t.id, t.title, t.kind, t.org, t.leader,
           redis.call('ZCARD', prefix .. 'tm:' .. t.id)
end

-- whether a caller's role lets them act for a team
local function team_reached(prefix, t, role, scope)
    return role ~= 'organizer' or t.org and org_reaches(prefix, scope, t.org)
end

-- Calls f with the key of each team's members of a list, "a,b".
local function teams_each(prefix, teams, f, ...)
    if teams and teams ~= '' then
        for team in teams:gmatch('[^,]+') do
            f(prefix .. 'tm:' .. team, ...)
        end
    end
end

local function team_ready(members)
    of_type_once(members, 'zset')
end

-- ends the script unless a volunteer can come to these teams, or leave them
local function teams_ready(prefix, teams)
    teams_each(prefix, teams, team_ready)
end

local function team_join(members, volunteer)
    redis.call('ZADD', members, '0', volunteer)
end

local function teams_join(prefix, teams, volunteer)
    teams_each(prefix, teams, team_join, volunteer)
end

local function team_leave(members, volunteer)
    redis.call('ZREM', members, volunteer)
end

local function teams_leave(prefix, teams, volunteer)
    teams_each(prefix, teams, team_leave, volunteer)
end

-- A registered team that is in one of two lists, "a,b", and which a caller's
-- role does not reach; or nil.
local function teams_out_of_reach(prefix, before, after, role, scope)
    for _, pair in ipairs({{before, after}, {after, before}}) do
        local others = ',' .. (pair[2] or '') .. ','
        for team in (pair[1] or ''):gmatch('[^,]+') do
            local t = not find(others, ',' .. team .. ',', 1, true)
                      and team_read(prefix .. 't:' .. team, team)
            if t and not team_reached(prefix, t, role, scope) then
                return team
            end
        end
    end
    return nil
end
