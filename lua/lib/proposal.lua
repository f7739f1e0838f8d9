--include account

-- The proposal of an award that still waits, or nil and the refusal.  Neither
-- who proposed it nor whom it is for decides, by none of their ids.
local function proposal_find(prefix, proposal, user)
    local e = ledger_find(prefix, proposal)
    if not e or e.type ~= 'proposal' then
        return nil, {'not-found'}
    end
    if redis.call('HGET', prefix .. 'decided', proposal) then
        return nil, {'already-decided'}
    end
    user = answering(prefix, user)
    if answering(prefix, e.by) == user then
        return nil, {'forbidden', 'the award is your own proposal'}
    end
    if answering(prefix, e.volunteer) == user then
        return nil, {'forbidden', 'the award is your own'}
    end
    of_type(prefix .. 'waiting', 'zset')
    return e
end

local function proposal_decide(prefix, proposal, entry)
    redis.call('HSET', prefix .. 'decided', proposal, entry)
    redis.call('ZREM', prefix .. 'waiting', proposal)
end
