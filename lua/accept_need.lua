-- POST /needs/{need}/accept: a volunteer takes a need; nobody has more than
-- NEEDS_TAKEN that have not ended.
-- KEYS   need account record bucket
-- ARGV   need volunteer, user role scope fingerprint
-- shared window, utc_offset
-- reply  200, the need
-- or     not-found(need, volunteer) forbidden frozen erased merged need-open
--        need-accepted need-done need-confirmed need-withdrawn need-expired
--        limit-reached idempotency-key-reused

--include replay
--include need
--include tagged

local NEEDS_TAKEN = 20

local need_key, account_key, record, bucket = keys()
local need, volunteer, user, role, scope, fingerprint = arguments()
local window, utc_offset = shared()

local again = replay(record, fingerprint, bucket)
if again then
    return again
end

local n = need_now(need_key, need)
local a = account_read(account_key, volunteer, today_at(utc_offset))

if not n then
    return {'not-found', 'no such need', 'need'}
end
if not a then
    return {'not-found', 'no such account', 'volunteer'}
end
if out_of_scope(role, scope, a) then
    return {'forbidden'}
end
if n.state == 'accepted' and n.volunteer == volunteer then
    return remember(record, fingerprint, window,
                    {200, 0, need_values(n, true)})
end
if is_person(n.prefix, n.resident, volunteer) then
    return {'forbidden', 'the need is the volunteer\'s own'}
end
if a.id ~= volunteer then
    return {'merged'}
end
if a.frozen ~= 0 then
    return {'frozen'}
end
if n.state ~= 'open' then
    return need_refusal(n)
end

if needs_many(n.prefix, n.prefix .. 'nt:' .. a.id, NEEDS_TAKEN) then
    return {'limit-reached', NEEDS_TAKEN .. ' needs taken have not ended'}
end

tagged_ready(n.prefix, a.station, a.tags)
local called = called_of(n.prefix, a.id) + 1

n = need_change(n, {state = 'accepted', volunteer = a.id})
redis.call('HSET', a.key, 'called', called)
tagged_join(n.prefix, a.station, a.tags, a.id, called)

return remember(record, fingerprint, window, {200, 0, need_values(n, true)})
