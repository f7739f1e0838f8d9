--include org

-- Hours that served a person, other than the hours themselves: their entry has
-- "beneficiary" in counted, and counts one for its org.  So that figure, too,
-- follows from the ledger, and a reversal takes it back.

local SERVED = 'beneficiary'

-- how many an entry adds to the beneficiaries of its org; o is the entry that a
-- reversal names
local function served_by(e, o)
    if e.type == 'reversal' then
        return o and 0 - served_by(o) or 0
    end
    return e.type == 'hours' and find(e.counted, SERVED, 1, true) and 1 or 0
end

-- ends the script unless that can be counted
local function served_ready(prefix, org, on, n)
    if n ~= 0 then
        org_ready(prefix, org, 'beneficiaries', 'beneficiaries' .. year_of(on))
    end
end

local function served_add(org, on, n)
    if n ~= 0 then
        org_add(org, 'beneficiaries', n)
        org_add(org, 'beneficiaries' .. year_of(on), n)
    end
end
