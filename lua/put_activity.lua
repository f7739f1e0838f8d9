-- PUT /activities/{activity}: an occasion of service, a draft at first, or
-- other facts of one.  Where somebody has signed up, its times and its org
-- stay, and so do posts that are taken.
-- KEYS   activity
-- ARGV   prefix activity title org project starts ends withdraw_until place
--        latitude longitude radius tags emergency beneficiaries posts secret,
--        role scope
-- shared utc_offset
-- reply  201 or 200, the activity
-- or     forbidden not-open invalid-field(org, project, starts, ends,
--        withdraw_until, latitude, longitude, radius, posts)

--include activity_put

local key = keys()
local utc_offset = shared()
local prefix, activity, role, scope
local said = {}

prefix, activity, said.title, said.org, said.project, said.starts, said.ends,
said.withdraw_until, said.place, said.latitude, said.longitude, said.radius,
said.tags, said.emergency, said.beneficiaries, said.posts, said.secret, role,
scope = arguments()

local old = activity_read(prefix, activity)

if role == 'organizer' then
    if said.org == '' then
        said.org = scope
    end
    if not org_reaches(prefix, scope, said.org)
        or old and not activity_reached(old, role, scope)
    then
        return {'forbidden'}
    end
end
if old and (old.state ~= 'draft' and old.state ~= 'open'
            or old.state == 'open' and now() >= old.ends)
then
    return activity_not_open(old, now())
end

local a, refusal = activity_said(prefix, activity, key, said,
                                 old and old.state or 'draft', old, utc_offset)
if not a then
    return refusal
end
activity_put(a, said, old)

return {old and 200 or 201, 0,
        activity_values(activity_read(prefix, activity), now(), true)}
