-- PUT /volunteers/{volunteer}: registers a volunteer, or replaces what the
-- portal says of one; points stay as they are.
-- KEYS   account books volunteers
-- ARGV   volunteer kind station teams tags, role scope
-- shared utc_offset points_per_hour stars obligations
-- reply  201 or 200, the account
-- or     forbidden

--include account
--include fields

local status = 200
local account_key, books, volunteers = keys()
local volunteer, kind, station, teams, tags, role, scope = arguments()
local utc_offset, points_per_hour, stars, obligations = shared()

local today = today_at(utc_offset)
local a = account_read(account_key, volunteer, today)

if role == 'organizer' then
    if station == '' then
        station = scope
    end
    if station ~= scope or a and out_of_scope(role, scope, a) then
        return {'forbidden'}
    end
end

books_ready(books:sub(1, -6), 'volunteers')
of_type_once(volunteers, 'list')

local set = {'kind', kind}
local unset = {}
put_field(set, unset, 'station', station)
put_field(set, unset, 'teams', teams)
put_field(set, unset, 'tags', tags)

if not a then
    redis.call('HSET', account_key, 'balance', '0', 'earned', '0', unpack(set))
    a = account_new(account_key, volunteer, today)
    push_later(volunteers, volunteer)
    books_add(a.prefix, 'volunteers', 1)
    status = 201
else
    redis.call('HSET', a.key, unpack(set))
    if unset[1] then
        redis.call('HDEL', a.key, unpack(unset))
    end
end
a.kind = kind
a.station = station ~= '' and station
a.teams = teams ~= '' and teams
a.tags = tags ~= '' and tags

return {status, 0, account_values(a, points_per_hour, stars, obligations)}
