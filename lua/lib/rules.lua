-- A rule's value is plain while there is one rulebook.  With several it is
-- "FROM:value;FROM:value", the newest first, FROM being the day from which on
-- it holds; the last one's is 0.

-- the value, a string, that holds on a day
local function in_force(rule, day)
    if not rule:find(';', 1, true) then
        return rule
    end
    for from, value in rule:gmatch('(%d+):([^;]*)') do
        if day >= tonumber(from) then
            return value
        end
    end
end
