-- POST /activities/{activity}/shares: a volunteer who served in it tells of it;
-- what they told before is replaced, and stays hidden if it was.
-- KEYS   activity
-- ARGV   prefix activity text pictures, volunteer
-- reply  201 or 200, the share
-- or     not-found(activity) erased not-served

--include share
--include erased

local prefix, activity, text, pictures, volunteer = arguments()

local a = activity_read(prefix, activity)
if not a then
    return {'not-found', '', 'activity'}
end
if is_erased(prefix, volunteer) then
    return {'erased'}
end
local served = signup_read(a, volunteer)
if not served or served.state ~= 'served' then
    return {'not-served'}
end

local old = share_read(a, volunteer)
of_type(shares_list(a), 'zset')
of_type(thanks_key(a, volunteer), 'hash')

local s = {volunteer = volunteer, at = old and old.at or now(), text = text,
           pictures = pictures, hidden = old and old.hidden}
share_write(a, s)
redis.call('ZADD', shares_list(a), '0', share_member(s))

return {old and 200 or 201, 0, share_values(a, s)}
