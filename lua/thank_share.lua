-- POST /activities/{activity}/shares/{volunteer}/thanks: for what somebody else
-- told; a second time changes nothing.
-- KEYS   activity
-- ARGV   prefix activity volunteer, user
-- reply  200, the share
-- or     not-found(activity, volunteer) forbidden erased limit-reached

--include share
--include erased

local prefix, activity, volunteer, user = arguments()

local a = activity_read(prefix, activity)
if not a then
    return {'not-found', '', 'activity'}
end
if same_person(prefix, volunteer, user) then
    return {'forbidden', 'it is your own'}
end
if is_erased(prefix, user) then
    return {'erased'}
end
-- who may not see it learns nothing of it
local s = share_read(a, volunteer)
if not s or s.hidden or is_minor(prefix, volunteer)
    or is_erased(prefix, volunteer)
then
    return {'not-found', '', 'volunteer'}
end

local thanks = thanks_key(a, volunteer)
if redis.call('HEXISTS', thanks, user) == 0 then
    if redis.call('HLEN', thanks) >= THANKS_MAX then
        return {'limit-reached', THANKS_MAX .. ' have thanked already'}
    end
    thanks_ready(a, user)
    thanks_write(a, volunteer, user)
end

return {200, 0, share_values(a, s)}
