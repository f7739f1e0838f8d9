--include replay
--include account

-- freezes an account, or unfreezes it, by an entry of that type
local function set_frozen(type, frozen)
    local account_key, record, bucket = keys()
    local volunteer, reason, user, role, scope, fingerprint = arguments()
    local window, version, utc_offset, points_per_hour, stars,
          obligations = shared()

    local again = replay(record, fingerprint, bucket)
    if again then
        return again
    end

    local today = today_at(utc_offset)
    local a = account_read(account_key, volunteer, today)

    if not a then
        return {'not-found'}
    end

    if a.frozen ~= frozen then
        account_ready(a)
        local place = board_place(a)
        boards_ready(place)
        local e = {
            type = type, volunteer = a.id, points = 0, earned = 0,
            balance = a.balance, on = today, by = user, role = role,
            scope = scope, rules = in_force(version, today), note = reason
        }
        account_settle(a, e)
        account_append(a, e)
        a.frozen = frozen
        if frozen == 1 then
            redis.call('HSET', a.key, 'frozen', 1, 'last', a.last)
        else
            redis.call('HDEL', a.key, 'frozen')
            redis.call('HSET', a.key, 'last', a.last)
        end
        boards_leave(place)
        place.frozen = frozen
        boards_write(place)
    end

    return remember(record, fingerprint, window,
                    {200, 0,
                     account_values(a, points_per_hour, stars, obligations)})
end
