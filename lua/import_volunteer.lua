-- A line of an import that is a volunteer: the same as PUT, by an admin, and
-- without the account in the reply, which nobody is shown.  It may say how
-- often they were called, which is no less then.
-- KEYS   account
-- ARGV   volunteer kind station teams tags free minor listed called
-- shared utc_offset
-- reply  201 or 200

--include register

local account_key = keys()
local volunteer, kind, station, teams, tags, free, minor, listed, called =
    arguments()
local a

if redis.call('EXISTS', account_key) == 1 then
    local utc_offset = shared()
    a = account_read(account_key, volunteer, today_at(utc_offset), true)
end

-- what was said of one who was merged or erased is of the past
if a and (a.id ~= volunteer or a.erased) then
    return {200, 0}
end

local status = register(account_key, a, volunteer, kind, station, teams, tags,
                        free, minor, listed)

if called ~= '' then
    local prefix = account_key:sub(1, -3 - #volunteer)
    if tonumber(called) > called_of(prefix, volunteer) then
        redis.call('HSET', account_key, 'called', called)
        tagged_join(prefix, station, tags, volunteer, called)
    end
end

return {status, 0}
