--include account
--include answering

-- The proposal of an award that still waits, or nil and the refusal.  Who
-- proposed it does not decide, by none of their ids.
local function proposal_find(prefix, proposal, user)
    local e = ledger_find(prefix, proposal)
    if not e or e.type ~= 'proposal' then
        return nil, {'not-found'}
    end
    if redis.call('HGET', prefix .. 'decided', proposal) then
        return nil, {'already-decided'}
    end
    if answering(prefix, e.by) == answering(prefix, user) then
        return nil, {'forbidden', 'the award is your own proposal'}
    end
    of_type(prefix .. 'waiting', 'zset')
    return e
end

local function proposal_decide(prefix, proposal, entry)
    redis.call('HSET', prefix .. 'decided', proposal, entry)
    redis.call('ZREM', prefix .. 'waiting', proposal)
end
