-- A line of an import that is a volunteer: the same as PUT, by an admin, and
-- without the account in the reply, which nobody is shown.
-- KEYS   account
-- ARGV   volunteer kind station teams tags free minor listed
-- shared utc_offset
-- reply  201 or 200

--include register

local account_key = keys()
local volunteer, kind, station, teams, tags, free, minor, listed = arguments()
local a

if redis.call('EXISTS', account_key) == 1 then
    local utc_offset = shared()
    a = account_read(account_key, volunteer, today_at(utc_offset), true)
end

-- what was said of one who was merged or erased is of the past
if a and (a.id ~= volunteer or a.erased) then
    return {200, 0}
end

return {register(account_key, a, volunteer, kind, station, teams, tags, free,
                 minor, listed), 0}
