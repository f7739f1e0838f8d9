--include org_values

-- the goal of an org for a year, or of all time for "": hours, and those done;
-- false where there is none
local function org_goal(key, year, minutes)
    local field = 'goal' .. year
    local hours = natural(redis.call('HGET', key, field), false, key, field)
    return hours, hours and math.floor(minutes / 60)
end

-- the figures of a registered org as the end of a reply
local function org_stats(prefix, org, year)
    local key = prefix .. 'g:' .. org
    local fields, f = {}, {}
    for i, figure in ipairs(ORG_FIGURES) do
        fields[i] = figure
        fields[#ORG_FIGURES + i] = figure .. year
    end
    for i, n in ipairs(redis.call('HMGET', key, unpack(fields))) do
        f[fields[i]] = integer(n, 0, key, fields[i])
    end

    local reply = {org_values(prefix, org)}
    for _, figure in ipairs(ORG_FIGURES) do
        reply[#reply + 1] = f[figure]
    end
    local n = #reply
    reply[n + 1], reply[n + 2] = org_goal(key, '', f.minutes)
    reply[n + 3] = year
    for i, figure in ipairs({'activities', 'minutes', 'points',
                             'beneficiaries'}) do
        reply[n + 3 + i] = f[figure .. year]
    end
    reply[n + 8], reply[n + 9] = org_goal(key, year, f['minutes' .. year])
    return unpack(reply)
end
