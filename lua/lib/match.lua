--include bytes
--include need

-- How well a volunteer suits a need: first by how near they are in the tree,
-- then by the tags they have in common, then by whether they are free that day;
-- what else, the caller says.

local WEEK = {'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'}

-- 1 January 1970 was a Thursday
local function weekday_of(day)
    return WEEK[(day + 3) % 7 + 1]
end

-- How far a need's station and a volunteer's are apart: 0 when they are one, 1
-- when both are at a street centre or below it, 2 at a centre; nil when no org
-- is above both.
local function match_far(prefix, station, volunteers)
    if station == volunteers then
        return 0
    end
    local line = org_line(prefix, station)
    for i, org in ipairs(line) do
        if org_reaches(prefix, org, volunteers) then
            return #ORG_LEVELS - (#line - i + 1)
        end
    end
    return nil
end

local distances = {}

-- the same, worked out once for two stations
local function match_distance(prefix, station, volunteers)
    local pair = station .. ' ' .. volunteers
    if distances[pair] == nil then
        distances[pair] = match_far(prefix, station, volunteers) or false
    end
    return distances[pair]
end

-- the tags of a list, "a,b", that are in another, and how many
local function match_tags(tags, others)
    local common, n = {}, 0
    others = ',' .. (others or '') .. ','
    for tag in (tags or ''):gmatch('[^,]+') do
        if find(others, ',' .. tag .. ',', 1, true) then
            n = n + 1
            common[n] = tag
        end
    end
    return table.concat(common, ','), n
end

-- whether the days that a volunteer says are free hold a day; nil when they
-- say nothing
local function match_free(free, day)
    if not free then
        return nil
    end
    return find(free, weekday_of(day), 1, true) ~= nil
end

-- what is compared of a match, the least is the best
local function match_rank(distance, tags, free, ...)
    return {distance, 0 - tags, free and 0 or free == nil and 1 or 2, ...}
end

local function match_before(one, other)
    for i, value in ipairs(one.rank) do
        if value ~= other.rank[i] then
            if type(value) == 'string' then
                return bytes_before(value, other.rank[i])
            end
            return value < other.rank[i]
        end
    end
    return false
end

-- the best of some matches, as many as are asked for
local function match_best(matches, limit)
    table.sort(matches, match_before)
    for i = #matches, limit + 1, -1 do
        matches[i] = nil
    end
    for _, match in ipairs(matches) do
        match.rank = nil
    end
    return matches
end
