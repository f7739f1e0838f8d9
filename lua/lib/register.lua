--include account
--include fields
--include tagged
--include team

-- the place of an account on boards, when what is said of it changes that
local function moves_on_boards(a, station, minor, unlisted)
    if (a.station or '') == station and (a.minor or false) == (minor ~= '')
        and (a.unlisted or false) == (unlisted ~= '')
    then
        return nil
    end
    local place = board_place(a)
    boards_ready(place)
    boards_ready({prefix = a.prefix, station = station ~= '' and station,
                  earned = 0, years = place.years})
    return place
end

-- Registers the volunteer of the account at key, or replaces what the portal
-- says of one whose account is a; points stay as they are.  Returns the status.
-- minor and listed are '1', '0' or '': a volunteer is no minor and is listed
-- unless it is said.
local function register(key, a, volunteer, kind, station, teams, tags, free,
                        minor, listed)
    local prefix = key:sub(1, -3 - #volunteer)
    local volunteers = prefix .. 'volunteers'
    books_ready(prefix, 'volunteers')
    of_type_once(volunteers, 'list')
    org_member_ready(prefix, station, not a)
    teams_ready(prefix, teams)
    tagged_ready(prefix, station, tags)
    local called = 0
    if a then
        org_member_ready(prefix, a.station)
        teams_ready(prefix, a.teams)
        tagged_ready(prefix, a.station, a.tags)
        called = called_of(prefix, a.id)
    end
    minor = minor == '1' and '1' or ''
    local unlisted = listed == '0' and '1' or ''
    local place = a and moves_on_boards(a, station, minor, unlisted)

    local set = {'kind', kind}
    local unset = a and {}
    put_field(set, unset, 'station', station)
    put_field(set, unset, 'teams', teams)
    put_field(set, unset, 'tags', tags)
    put_field(set, unset, 'free', free)
    put_field(set, unset, 'minor', minor)
    put_field(set, unset, 'unlisted', unlisted)

    if not a then
        org_join(prefix, station, kind, volunteer)
        redis.call('HSET', key, 'balance', '0', 'earned', '0', unpack(set))
        push_later(volunteers, volunteer)
        books_add(prefix, 'volunteers', 1)
        teams_join(prefix, teams, volunteer)
        tagged_join(prefix, station, tags, volunteer, called)
        return 201
    end
    redis.call('HSET', a.key, unpack(set))
    if unset[1] then
        redis.call('HDEL', a.key, unpack(unset))
    end
    if (a.station or '') ~= station or a.kind ~= kind then
        org_leave(prefix, a.station, a.kind, a.id)
        org_join(prefix, station, kind, a.id)
    end
    if (a.teams or '') ~= teams then
        teams_leave(prefix, a.teams, a.id)
        teams_join(prefix, teams, a.id)
    end
    if (a.station or '') ~= station or (a.tags or '') ~= tags then
        tagged_leave(prefix, a.station, a.tags, a.id)
    end
    tagged_join(prefix, station, tags, a.id, called)
    if place then
        boards_leave(place)
        place.station = station ~= '' and station
        place.minor, place.unlisted = minor ~= '', unlisted ~= ''
        boards_write(place)
    end
    return 200
end
