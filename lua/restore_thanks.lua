-- A line of an import that is some of those who thanked for a share.
-- KEYS   activity
-- ARGV   prefix activity volunteer users
-- reply  201, or 200, 1 when it is so already
-- or     not-found(activity, volunteer) invalid-field(users) limit-reached

--include share
--include erased

local prefix, activity, volunteer, users = arguments()

local a = activity_read(prefix, activity)
if not a then
    return {'not-found', '', 'activity'}
end
if is_erased(prefix, volunteer) then
    return {200, 1}
end
if not share_read(a, volunteer) then
    return {'not-found', '', 'volunteer'}
end
local thanks = thanks_key(a, volunteer)
local new = {}
for user in users:gmatch('[^,]+') do
    if user == volunteer then
        return {'invalid-field', 'has who told it', 'users'}
    end
    if redis.call('HEXISTS', thanks, user) == 0
        and not is_erased(prefix, user)
    then
        thanks_ready(a, user)
        new[#new + 1] = user
    end
end
if not new[1] then
    return {200, 1}
end
if redis.call('HLEN', thanks) + #new > THANKS_MAX then
    return {'limit-reached', THANKS_MAX .. ' thank at most'}
end
for _, user in ipairs(new) do
    thanks_write(a, volunteer, user)
end

return {201, 0}
