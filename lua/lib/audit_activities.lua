--include audit
--include signup

-- An activity is in the lists where it belongs, those who signed up are as many
-- as are placed and wait, and its org counts it when it should.

local function signups_compare(a, b)
    local n, taken = 0, 0
    for _, p in ipairs(b.posts) do
        taken = taken + p.taken
        n = n + p.taken + redis.call('ZCARD', waiting_key(b, p.id))
    end
    if b.served > taken then
        audit_found(a, 'activity', b.id, 'served', taken, b.served,
                    'are more than had a place')
    end
    if b.minutes > b.served * activity_minutes(b) then
        audit_found(a, 'activity', b.id, 'minutes',
                    b.served * activity_minutes(b), b.minutes,
                    'are more than those who served had')
    end
    audit_equal(a, 'activity', b.id, 'taken',
                redis.call('HLEN', signups_key(b)), n)
    audit_equal(a, 'activity', b.id, 'signups',
                redis.call('HLEN', signups_key(b)),
                redis.call('ZCARD', order_key(b)))
end

local function activity_compare(a, activity)
    local b = activity_read(a.prefix, activity)
    if not b then
        audit_found(a, 'activity', activity, 'title', '', '', 'is not there')
        return
    end
    for list, member in pairs(activity_lists(b)) do
        if not redis.call('ZSCORE', list, member) then
            audit_found(a, 'activity', activity, list:sub(#a.prefix + 1),
                        member, '', 'is not in that list')
        end
    end
    signups_compare(a, b)
    if activity_countable(b) then
        audit_found(a, 'activity', activity, 'counted', '', '',
                    'is closed and served, but not counted')
    end
    if b.counted and b.org then
        audit_equal(a, 'activity', activity, 'beneficiaries', b.beneficiaries,
                    redis.call('ZSCORE', a.prefix .. 'ac:' .. b.org,
                               b.counted .. ':' .. activity),
                    'is what its org counts')
    end
end
