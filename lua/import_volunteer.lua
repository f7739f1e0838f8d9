-- A line of an import that is a volunteer: the same as PUT, by an admin, and
-- without the account in the reply, which nobody is shown.  It may say how
-- often they were called, which is no less then; or that they were erased,
-- which closes the account though the ledger may not reach as far.
-- KEYS   account
-- ARGV   volunteer kind station teams tags free minor listed called erased
-- shared utc_offset
-- reply  201 or 200

--include register
--include erase

local account_key = keys()
local volunteer, kind, station, teams, tags, free, minor, listed, called,
      erased = arguments()
local prefix = account_key:sub(1, -3 - #volunteer)
local a

if redis.call('EXISTS', account_key) == 1 then
    local utc_offset = shared()
    a = account_read(account_key, volunteer, today_at(utc_offset), true)
end

-- what was said of one who was merged or erased is of the past
if a and (a.erased or a.id ~= volunteer and erased ~= '1') then
    return {200, 0}
end

-- Closes the account.  What is held under the id goes with the sweep, and what
-- is held under others when the ledger has told whose they are.
local function close()
    --seldom
    of_type(erasing_key(prefix), 'hash')
    if not a then
        register(account_key, nil, volunteer, ERASED_KIND, '', '', '', '', '',
                 '')
        erase_again(prefix, volunteer)
    elseif a.id ~= volunteer then
        erase_again(prefix, volunteer)
    else
        local place = board_place(a)
        boards_ready(place)
        places_ready(a)
        boards_leave(place)
        erase_begin(a, {a.id})
    end
    redis.call('HSET', account_key, 'erased', ERASED_TOLD)
end

if erased == '1' then
    if redis.call('HEXISTS', account_key, 'erased') == 0 then
        close()
    end
    return {a and 200 or 201, 0}
end

local status = register(account_key, a, volunteer, kind, station, teams, tags,
                        free, minor, listed)

if called ~= '' then
    if tonumber(called) > called_of(prefix, volunteer) then
        redis.call('HSET', account_key, 'called', called)
        tagged_join(prefix, station, tags, volunteer, called)
    end
end

return {status, 0}
