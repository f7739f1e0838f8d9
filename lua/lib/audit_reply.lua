--include audit

-- how many something has; 0 when it is of another type
local function audit_size(...)
    local size = redis.pcall(...)
    return type(size) == 'number' and size or 0
end

-- puts where an audit is behind what reply holds
local function audit_reply(reply, a, findings, next_page)
    local totals = {
        entries = audit_size('XLEN', a.ledger),
        accounts = audit_size('LLEN', a.prefix .. 'volunteers'),
        offers = audit_size('ZCARD', a.prefix .. 'offers'),
        keys = redis.call('DBSIZE')
    }
    local mismatches = tonumber(a.mismatches) + tonumber(a.seals_found or 0)
    local done = a.state == 'done'

    for _, value in ipairs({
        a.id, a.state, a.phase, a.by, a.started, a.finished or false,
        mismatches, done and (mismatches == 0 and 'clean' or 'mismatches')
    }) do
        reply[#reply + 1] = value
    end
    for _, name in ipairs({'entries', 'accounts', 'offers', 'keys'}) do
        local n = tonumber(a[name] or 0)
        reply[#reply + 1] = name == 'keys'
                            and (done and totals.keys
                                 or math.min(n, totals.keys)) or n
        reply[#reply + 1] = math.max(totals[name], name == 'keys' and 0 or n)
    end
    reply[#reply + 1] = findings
    reply[#reply + 1] = next_page
    return reply
end
