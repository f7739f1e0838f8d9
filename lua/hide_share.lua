-- POST /activities/{activity}/shares/{volunteer}/hide: nobody sees it any more
-- but its organizers and who told it.
-- KEYS   activity
-- ARGV   prefix activity volunteer, role scope
-- reply  200, the share
-- or     not-found(activity, volunteer) forbidden

--include share

local prefix, activity, volunteer, role, scope = arguments()

local a = activity_read(prefix, activity)
if not a then
    return {'not-found', '', 'activity'}
end
if not activity_reached(a, role, scope) then
    return {'forbidden'}
end
local s = share_read(a, volunteer)
if not s then
    return {'not-found', '', 'volunteer'}
end

of_type(thanks_key(a, volunteer), 'hash')
s.hidden = true
share_write(a, s)

return {200, 0, share_values(a, s)}
