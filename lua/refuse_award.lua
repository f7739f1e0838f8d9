-- POST /awards/{award}/refuse: a second person refuses an award that waited.
-- KEYS   record bucket
-- ARGV   prefix award reason, user role scope fingerprint
-- shared window, version utc_offset points_per_hour stars obligations
-- reply  201, entry, the account
-- or     not-found forbidden already-decided idempotency-key-reused

--include replay
--include proposal

local record, bucket = keys()
local prefix, proposal, reason, user, role, scope, fingerprint = arguments()
local window, version, utc_offset, points_per_hour, stars,
      obligations = shared()

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
local a = account_read(account_key, p.volunteer, today, true)
          or corrupt(account_key, 'kind')
account_ready(a)

local e = {
    type = 'refusal', volunteer = a.id, points = 0, earned = 0,
    balance = a.balance, ref = proposal, on = today, by = user, role = role,
    scope = scope, rules = in_force(version, today), note = reason
}
account_settle(a, e)
local entry = account_append(a, e)
account_write_balance(a)
proposal_decide(prefix, proposal, entry)

return remember(record, fingerprint, window,
                {201, 0, entry,
                 account_values(a, points_per_hour, stars, obligations)})
