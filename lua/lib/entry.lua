--include place
--include entry_text

-- The entries of the ledger as their readers want them: numbers where numbers
-- belong, nil where one is absent; texts as they are, '' where absent.

local ENTRY_NUMBERS = {
    points = true, earned = true, balance = true, on = true, minutes = true,
    points_per_hour = true, expires = true, amount = true
}

-- what entries of each type must have beside points, earned and on; all but
-- those of stocks belong to a volunteer and have a balance
local ENTRY_TYPES = {
    hours = {'minutes', 'points_per_hour'},
    award = {'ref'},
    opening = {},
    proposal = {'ref', 'amount'},
    refusal = {'ref'},
    reversal = {'ref'},
    redemption = {'ref', 'voucher', 'merchant', 'expires'},
    use = {'ref', 'voucher', 'merchant', 'amount'},
    cancellation = {'ref', 'voucher', 'merchant'},
    expiry = {'ref', 'voucher', 'merchant'},
    donation = {'ref'},
    lapse = {},
    freeze = {},
    unfreeze = {},
    erased = {},
    merged = {'ref', 'evidence'},
    merge = {'ref', 'evidence'},
    stock = {'ref', 'amount'}
}

-- a text as a bounded integer, or nil
local function number_of(text)
    if #text <= 15 and (text == '0' or text:find('^-?[1-9]%d*$')) then
        return tonumber(text)
    end
    return nil
end

-- the first field that an entry of its type lacks, or nil
local function entry_lacks(e)
    local required = ENTRY_TYPES[e.type]
    if not required then
        return 'type'
    end
    for _, field in ipairs({'points', 'earned', 'on'}) do
        if not e[field] then
            return field
        end
    end
    for _, field in ipairs(required) do
        if not e[field] or e[field] == '' then
            return field
        end
    end
    if (e.type == 'stock') ~= (e.volunteer == '') then
        return 'volunteer'
    end
    return (e.type == 'stock') ~= (e.balance == nil) and 'balance' or nil
end

-- the entry of an id and the values of its fields; or nil and the field at
-- fault
local function entry_of(id, values)
    local e = {id = id}
    for i, field in ipairs(ENTRY_FIELDS) do
        local value = values[i]
        if not value then
            return nil, field
        end
        if ENTRY_NUMBERS[field] then
            e[field] = number_of(value)
            if not e[field] and value ~= '' then
                return nil, field
            end
        else
            e[field] = value
        end
    end
    if values[#ENTRY_FIELDS + 1] then
        return nil, 'entry'
    end
    local lacks = entry_lacks(e)
    return not lacks and e or nil, lacks
end

-- the same for its fields as Redis gives them, with its links
local function entry_parse(id, fields)
    local values = entry_values(fields)
    if not values then
        return nil, 'entry'
    end
    local e, lacks = entry_of(id, values)
    if e then
        e.before = fields[4]
    end
    return e, lacks
end

-- the entry of that id, or nil and the field at fault, nil without any entry
local function entry_read(ledger, id)
    if not id:find('^%d+%-%d+$') or #id > 40 then
        return nil
    end
    local found = redis.call('XRANGE', ledger, id, id)[1]
    if not found or found[1] ~= id then
        return nil
    end
    return entry_parse(id, found[2])
end
