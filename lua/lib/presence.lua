--include signup
--include totp

-- What check-in and check-out ask.

local EARTH_RADIUS = 6371000    -- metres

-- metres between two places, in millionths of a degree
local function distance(latitude, longitude, latitude2, longitude2)
    local function radians(n)
        return math.rad(n / 1000000)
    end
    local north = math.sin(radians(latitude2 - latitude) / 2)
    local east = math.sin(radians(longitude2 - longitude) / 2)
    local h = north * north + math.cos(radians(latitude))
              * math.cos(radians(latitude2)) * east * east
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(math.min(h, 1)))
end

-- the refusal of a volunteer who is not at the place, or nil; an organizer is
-- the one who sees them there
local function not_present(a, role, code, latitude, longitude)
    if role ~= 'volunteer' then
        return nil
    end
    if code == '' then
        return {'invalid-field', 'is required', 'code'}
    end
    if not code_matches(a.secret, code, now()) then
        return {'invalid-field', 'is not the one that is shown now', 'code'}
    end
    if a.radius and a.latitude and a.longitude then
        if latitude == '' or longitude == '' then
            return {'invalid-field', 'is required',
                    latitude == '' and 'latitude' or 'longitude'}
        end
        if distance(a.latitude, a.longitude, latitude + 0, longitude + 0)
           > a.radius
        then
            return {'too-far', 'radius is ' .. a.radius .. ' metres'}
        end
    end
    return nil
end
