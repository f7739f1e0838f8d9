-- POST /ledger/{entry}/reverse: undoes hours, an award, an opening balance, a
-- donation, a voucher's use or a merge by a new entry that names it.  The
-- balance may go below zero: points that were spent are still taken back.
-- KEYS   reversed record bucket
-- ARGV   prefix entry reason, user role scope fingerprint
-- shared window, version utc_offset points_per_hour stars obligations
-- reply  201, entry, the account
-- or     not-found(entry, voucher) invalid-field(entry) already-reversed
--        not-reversible frozen erased idempotency-key-reused

--include replay
--include reverse_earned
--include reverse_donation
--include reverse_use
--include reverse_merge

local reversed, record, bucket = keys()
local prefix, entry, reason, user, role, scope, fingerprint = arguments()
local window, version, utc_offset, points_per_hour, stars,
      obligations = shared()

local reverse = {
    hours = reverse_earned, award = reverse_earned, opening = reverse_earned,
    donation = reverse_donation, use = reverse_use, merge = reverse_merge
}

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local e = ledger_find(prefix, entry)

if not e then
    return {'not-found'}
end
if not reverse[e.type] then
    return {'invalid-field', 'an entry of type ' .. e.type
            .. ' cannot be reversed', 'entry'}
end
if redis.call('HGET', reversed, entry) then
    return {'already-reversed'}
end

local time = now()
local today = today_at(utc_offset)
local account_key = prefix .. 'v:' .. e.volunteer
local a = account_read(account_key, e.volunteer, today, true)
          or corrupt(account_key, 'kind')

local reversal, refusal = reverse[e.type](a, e, {
    by = user, role = role, scope = scope, rules = in_force(version, today),
    note = reason, ref = entry, type = 'reversal', volunteer = a.id,
    on = today
}, utc_offset, time)

if not reversal then
    return refusal
end

redis.call('HSET', reversed, entry, reversal)
merge_corrected(prefix, e.volunteer, a.id)

return remember(record, fingerprint, window,
                {201, 0, reversal,
                 account_values(a, points_per_hour, stars, obligations)})
