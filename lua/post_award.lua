-- POST /volunteers/{volunteer}/awards: points for a case of the rulebook.  The
-- rulebook of today judges only what is new, so its range comes after a replay.
-- A case that needs a second person's approval leaves a proposal.
-- KEYS   account record bucket
-- ARGV   volunteer case points evidence note, case_min case_max case_approval
--        ("" for a case that is not in the rulebook),
--        user role scope fingerprint
-- shared window, version utc_offset points_per_hour stars obligations expiry
-- reply  201, entry, points, earned, false, the account
-- or     202, the proposal's entry, points, 0, "waiting", the account
-- or     erased invalid-field(case, points) not-found limit-reached
--        idempotency-key-reused

--include replay
--include award

local account_key, record, bucket = keys()
local volunteer, case, points, evidence, note, case_min, case_max,
      case_approval, user, role, scope, fingerprint = arguments()
local window, version, utc_offset, points_per_hour, stars, obligations,
      expiry = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local time = now()
local today = today_at(utc_offset)
local min, max = in_force(case_min, today), in_force(case_max, today)

points = tonumber(points)
if min == '' then
    return {'invalid-field', 'must be a case of the rulebook', 'case'}
end
if points < tonumber(min) or points > tonumber(max) then
    return {'invalid-field', 'the case gives from ' .. min .. ' to ' .. max
            .. ' points', 'points'}
end

local a = account_read(account_key, volunteer, today)

if not a then
    return {'not-found'}
end

local e = {
    ref = case, by = user, role = role, scope = scope,
    rules = in_force(version, today), note = note, evidence = evidence
}

if in_force(case_approval, today) ~= '1' then
    local entry = award_grant(a, e, points, expiry, utc_offset)
    if not entry then
        return {'limit-reached', 'the account is full'}
    end
    return remember(record, fingerprint, window,
                    {201, 0, entry, points, points, false,
                     account_values(a, points_per_hour, stars, obligations)})
end

local waiting = a.prefix .. 'waiting'
of_type(waiting, 'zset')
account_ready(a)

account_settle(a, e)
e.type = 'proposal'
e.volunteer = a.id
e.points = 0
e.earned = 0
e.balance = a.balance
e.on = today
e.amount = points
local proposal = account_append(a, e)
account_write_balance(a)
redis.call('ZADD', waiting, proposal:match('^%d+'), proposal)

return remember(record, fingerprint, window,
                {202, 0, proposal, points, 0, 'waiting',
                 account_values(a, points_per_hour, stars, obligations)})
