-- POST /needs/{need}/done: the volunteer says that it is done; not before its
-- day.
-- KEYS   need record bucket
-- ARGV   need, user role scope fingerprint
-- shared window, utc_offset
-- reply  200, the need
-- or     not-found erased forbidden not-started need-open need-accepted
--        need-done need-confirmed need-withdrawn need-expired
--        idempotency-key-reused

--include replay
--include need

local need_key, record, bucket = keys()
local need, user, role, scope, fingerprint = arguments()
local window, utc_offset = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local n = need_now(need_key, need)

if not n then
    return {'not-found'}
end
if caller_erased(n.prefix, user, role) then
    return {'erased'}
end
if not need_taken(n, user, role, scope) then
    return {'forbidden'}
end
if n.state == 'done' then
    return remember(record, fingerprint, window,
                    {200, 0, need_values(n, true)})
end
if n.state ~= 'accepted' then
    return need_refusal(n)
end
if n.on > today_at(utc_offset)
    or n.starts and n.starts > now()
then
    return {'not-started'}
end

n = need_change(n, {state = 'done'})

return remember(record, fingerprint, window, {200, 0, need_values(n, true)})
