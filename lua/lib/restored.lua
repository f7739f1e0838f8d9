--include answering
--include clock
--include entry
--include erased

-- What lines of a registry are checked by, when a district is built again.

local CONTRADICTS = 'is there already, and otherwise'

-- Whether hours of a volunteer, or of whomever for nil, of that ref and so many
-- minutes, may have that entry: the ledger has it, or doesn't reach as far yet
-- and has it to come; none is of the future.
local function hours_entry(prefix, entry, volunteer, ref, minutes)
    if not is_entry(entry) or linked(link_to(entry)) ~= entry
        or entry_place(entry) >= (now() + 1) * 1000
    then
        return false
    end
    local ledger = prefix .. 'ledger'
    local e, fault = entry_read(ledger, entry)
    if e then
        return e.type == 'hours' and e.ref == ref and e.minutes == minutes
               and (not volunteer
                    or answering(prefix, e.volunteer)
                       == answering(prefix, volunteer))
    end
    if fault then
        corrupt(ledger, entry)
    end
    local last = redis.call('XREVRANGE', ledger, '+', '-', 'COUNT', 1)[1]
    return not last or entry_above(entry, last[1])
end

-- whether there is such an account, be it merged into another
local function account_exists(prefix, volunteer)
    return redis.call('HEXISTS', prefix .. 'v:' .. volunteer, 'kind') == 1
end
