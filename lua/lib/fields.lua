-- a list of fields and values, as Redis gives a hash or an entry, as a table
local function fields_of(list)
    local fields = {}
    for i = 1, #list, 2 do
        fields[list[i]] = list[i + 1]
    end
    return fields
end

-- puts a field where it is to be set, or unset when it is empty; unset is nil
-- when there can be none
local function put_field(set, unset, field, value)
    if value ~= '' then
        set[#set + 1] = field
        set[#set + 1] = value
    elseif unset then
        unset[#unset + 1] = field
    end
end
