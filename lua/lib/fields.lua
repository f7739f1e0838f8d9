-- a list of fields and values, as Redis gives a hash or an entry, as a table
local function fields_of(list)
    local fields = {}
    for i = 1, #list, 2 do
        fields[list[i]] = list[i + 1]
    end
    return fields
end
