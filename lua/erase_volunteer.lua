-- POST /volunteers/{volunteer}/erase: what is held of a volunteer is erased,
-- but for the entries of the ledger and the figures that follow from them; the
-- account is closed for good.  What takes long goes on in the sweep; asked for
-- again, it also looks again for what could not be read before.
-- KEYS   account record bucket
-- ARGV   volunteer reason, user role scope fingerprint
-- shared window, version utc_offset points_per_hour stars obligations
-- reply  200, the account
-- or     not-found idempotency-key-reused

--include replay
--include erase

local account_key, record, bucket = keys()
local volunteer, reason, user, role, scope, fingerprint = arguments()
local window, version, utc_offset, points_per_hour, stars,
      obligations = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local today = today_at(utc_offset)
local a = account_read(account_key, volunteer, today, true)

if not a then
    return {'not-found'}
end

local prefix = a.prefix
if not a.erased or a.told then
    account_ready(a)
    local place = board_place(a)
    boards_ready(place)
    local ids = erase_ready(a)

    local e = {
        type = 'erased', volunteer = a.id, points = 0, earned = 0,
        balance = a.balance, on = today, by = user, role = role,
        scope = scope, rules = in_force(version, today), note = reason
    }
    account_settle(a, e)
    account_append(a, e)
    redis.call('HSET', a.key, 'erased', 1, 'last', a.last)
    boards_leave(place)
    erase_begin(a, ids)
elseif not erase_waits(prefix, a.id) then
    erase_again(prefix, a.id)
end

-- the sweep comes by it too, and tells the log
local _, fault = erase_step(prefix, a.id)
if fault ~= '' then
    erase_again(prefix, a.id)
end

return remember(record, fingerprint, window,
                {200, 0,
                 account_values(account_read(a.key, a.id, today, true),
                                points_per_hour, stars, obligations)})
