-- POST /volunteers/{volunteer}/merge: one person's two accounts become one.
-- Points, minutes and years go to the account into, and its history leads to
-- that of the old one; the old id is answered by it from now on, and its
-- vouchers are its own.
-- KEYS   account into record bucket
-- ARGV   volunteer into reason, user role scope fingerprint
-- shared window, version utc_offset points_per_hour stars obligations
-- reply  201, entry, the account into
-- or     not-found(volunteer, into) invalid-field(into) frozen erased
--        limit-reached idempotency-key-reused

--include replay
--include merge

local account_key, into_key, record, bucket = keys()
local volunteer, into, reason, user, role, scope, fingerprint = arguments()
local window, version, utc_offset, points_per_hour, stars,
      obligations = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local today = today_at(utc_offset)
local a = account_read(account_key, volunteer, today)
local b = account_read(into_key, into, today)

if not a then
    return {'not-found', 'no such account', 'volunteer'}
end
if not b then
    return {'not-found', 'no such account', 'into'}
end
if a.id == b.id then
    return {'invalid-field', 'is the same account already', 'into'}
end
if a.frozen ~= 0 or b.frozen ~= 0 then
    return {'frozen'}
end

account_ready(a, 'earned', 'unspendable')
account_ready(b)
places_ready(a)
local merges = merges_of(a.key) + merges_of(b.key) + 1
if merges > MERGES_MAX then
    return {'limit-reached', 'the accounts have been merged ' .. MERGES_MAX
            .. ' times'}
end

local joined = joined_of(b.key)

local moved = figures_of(a)
local text = cjson.encode(moved)
if #text > MERGE_TEXT then
    return {'limit-reached', 'the account has served on too many days'}
end
if a.earned + b.earned + 1 > POINTS_MAX then
    return {'limit-reached', 'the account is full'}
end
moved_ready(b, moved)
local days = days_add(b, moved, 1)
local kept_balance = b.balance
local earned, points = figures_add(b, moved, 1)
local balance = b.balance
b.balance = kept_balance
a.years = moved.years
boards_ready(a)
boards_ready(b)

local who = {by = user, role = role, scope = scope,
             rules = in_force(version, today)}
account_settle(a, who)
account_settle(b, who)
b.balance = balance

account_append(a, {
    type = 'merged', volunteer = a.id, points = 0 - moved.balance,
    earned = 0 - moved.earned, balance = 0, ref = b.id, on = today, by = user,
    role = role, scope = scope, rules = who.rules, note = reason,
    evidence = text
})
local entry = account_append(b, {
    type = 'merge', volunteer = b.id, points = points, earned = earned,
    balance = balance, ref = a.id, on = today, by = user, role = role,
    scope = scope, rules = who.rules, note = reason, evidence = text
}, a)

local gone = {}
for year in pairs(moved.years) do
    gone[#gone + 1] = 'y' .. year
end
redis.call('HDEL', a.key, 'late', 'unspendable', 'limited', unpack(gone))
redis.call('HSET', a.key, 'balance', 0, 'earned', 0, 'carry', 0,
           'merged', b.id, 'last', a.last)
redis.call('DEL', a.prefix .. 'd:' .. a.id, a.prefix .. 'e:' .. a.id)
places_leave(a)
boards_leave(a)

account_write(b)
merges_write(b.key, merges)
joined_add(b.key, joined, a.id)
days_write(b, days)
lots_add(b, moved, 1)
books_add(b.prefix, 'earned', earned - moved.earned, 'unspendable',
          earned - points - moved.earned + moved.balance)

return remember(record, fingerprint, window,
                {201, 0, entry,
                 account_values(b, points_per_hour, stars, obligations)})
