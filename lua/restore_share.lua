-- A line of an import that is what a volunteer told of an activity, as it was.
-- KEYS   activity
-- ARGV   prefix activity volunteer at text pictures hidden
-- reply  201, or 200, 1 when it is so already
-- or     not-found(activity, volunteer) not-served invalid-field(volunteer, at)

--include share
--include restored

local prefix, activity, volunteer, at, text, pictures, hidden = arguments()

local a = activity_read(prefix, activity)
if not a then
    return {'not-found', '', 'activity'}
end
if not account_exists(prefix, volunteer) then
    return {'not-found', '', 'volunteer'}
end
if is_erased(prefix, volunteer) then
    return {200, 1}
end
local s = {volunteer = volunteer, at = tonumber(at), text = text,
           pictures = pictures, hidden = hidden == '1'}
if s.at > now() then
    return {'invalid-field', 'is in the future', 'at'}
end
local there = share_read(a, volunteer)
if there then
    for name, value in pairs(s) do
        if there[name] ~= value then
            return {'invalid-field', CONTRADICTS, 'volunteer'}
        end
    end
    return {200, 1}
end
local served = signup_read(a, volunteer)
if not served or served.state ~= 'served' then
    return {'not-served'}
end
of_type(shares_list(a), 'zset')

share_write(a, s)
redis.call('ZADD', shares_list(a), '0', share_member(s))

return {201, 0}
