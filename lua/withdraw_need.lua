-- POST /needs/{need}/withdraw: the resident needs it no more, or an organizer
-- says so; when the volunteer says that it is done, staff alone do.
-- KEYS   need record bucket
-- ARGV   need, user role scope fingerprint
-- shared window
-- reply  200, the need
-- or     not-found erased forbidden need-open need-accepted need-done
--        need-confirmed need-withdrawn need-expired idempotency-key-reused

--include replay
--include need

local need_key, record, bucket = keys()
local need, user, role, scope, fingerprint = arguments()
local window = shared()

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
if not need_owned(n, user, role, scope) then
    return {'forbidden'}
end
if n.state == 'withdrawn' then
    return remember(record, fingerprint, window,
                    {200, 0, need_values(n, true)})
end
if n.state ~= 'open' and n.state ~= 'accepted'
    and not (n.state == 'done' and role ~= 'volunteer')
then
    return need_refusal(n)
end

n = need_change(n, {state = 'withdrawn'})

return remember(record, fingerprint, window, {200, 0, need_values(n, true)})
