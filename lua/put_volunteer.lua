-- PUT /volunteers/{volunteer}: registers a volunteer, or replaces what the
-- portal says of one; points stay as they are.
-- KEYS   account books volunteers
-- ARGV   volunteer kind station teams tags, role scope,
--        utc_offset points_per_hour stars obligations
-- reply  201 or 200, the account
-- or     forbidden

--include account

local account_key, books, volunteers = unpack(KEYS)
local volunteer, kind, station, teams, tags, role, scope, utc_offset,
      points_per_hour, stars, obligations = unpack(ARGV)

local today = day_of(now(), utc_offset)
local a = account_read(account_key, volunteer, today)

if role == 'organizer' then
    if station == '' then
        station = scope
    end
    if station ~= scope or a and out_of_scope(role, scope, a) then
        return {'forbidden'}
    end
end

counters(books, 'volunteers')
of_type_once(volunteers, 'list')

local set = {'kind', kind}
local unset = {}
for field, value in pairs({station = station, teams = teams, tags = tags}) do
    if value ~= '' then
        set[#set + 1] = field
        set[#set + 1] = value
    else
        unset[#unset + 1] = field
    end
end

if a then
    redis.call('HSET', a.key, unpack(set))
    if #unset > 0 then
        redis.call('HDEL', a.key, unpack(unset))
    end
else
    redis.call('HSET', account_key, 'balance', 0, 'earned', 0, unpack(set))
    redis.call('RPUSH', volunteers, volunteer)
    books_add(account_key:sub(1, -3 - #volunteer), 'volunteers', 1)
end

return {a and 200 or 201, 0,
        account_values(account_read(account_key, volunteer, today),
                       points_per_hour, stars, obligations)}
