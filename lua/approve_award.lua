-- POST /awards/{award}/approve: a second person gives an award that waited.
-- It was judged by the rulebook when it was proposed and counts for today.
-- KEYS   record bucket
-- ARGV   prefix award, user role scope fingerprint
-- shared window, version utc_offset points_per_hour stars obligations expiry
-- reply  201, entry, points, earned, false, the account
-- or     not-found forbidden erased already-decided limit-reached
--        idempotency-key-reused

--include replay
--include award
--include proposal

local record, bucket = keys()
local prefix, proposal, user, role, scope, fingerprint = arguments()
local window, version, utc_offset, points_per_hour, stars, obligations,
      expiry = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local p, refusal = proposal_find(prefix, proposal, user)
if not p then
    return refusal
end

local today = today_at(utc_offset)
local account_key = prefix .. 'v:' .. p.volunteer
local a = account_read(account_key, p.volunteer, today)
          or corrupt(account_key, 'kind')
local points = natural(p.amount, nil, prefix .. 'ledger', 'amount')

local entry = award_grant(a, {
    ref = p.ref, by = user, role = role, scope = scope,
    rules = in_force(version, today), note = p.note, evidence = p.evidence,
    proposal = proposal
}, points, expiry, utc_offset)

if not entry then
    return {'limit-reached', 'the account is full'}
end
proposal_decide(prefix, proposal, entry)

return remember(record, fingerprint, window,
                {201, 0, entry, points, points, false,
                 account_values(a, points_per_hour, stars, obligations)})
