--include check
--include clock
--include fields

-- How the seals of a district stand: the day that it is, and the day that is
-- over but not sealed to its end.
local function seals_read(seals, roots, ledger, utc_offset)
    local newest = redis.call('XREVRANGE', seals, '+', '-', 'COUNT', 1)[1]
    local entry = newest and redis.call('XRANGE', ledger, '(' .. newest[1],
                                        '+', 'COUNT', 1)[1]
    return {
        seals = seals, roots = roots, today = today_at(utc_offset),
        pending = entry and day_of(entry[1]:match('^%d+') / 1000, utc_offset)
    }
end

-- A seal of the stream as a reply has it; the last is 1 when it is its day's
-- root: the last seal of a day that is over.
local function seal_reply(s, seal)
    local f = fields_of(seal[2])
    local on = natural(f.on, nil, s.seals, seal[1])
    return {
        seal[1], f.first or corrupt(s.seals, seal[1]),
        natural(f.entries, nil, s.seals, seal[1]),
        f.digest or corrupt(s.seals, seal[1]),
        f.previous or corrupt(s.seals, seal[1]),
        f.algorithm or corrupt(s.seals, seal[1]), on,
        on < s.today and on ~= s.pending
        and redis.call('ZSCORE', s.roots, seal[1]) and 1
    }
end
