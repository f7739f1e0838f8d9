local undated = {}

-- What the value of a rule is on a day, given as days since 1970.  A rule is
-- plain while a district has one rulebook, and dated when it has earlier ones:
-- "FROMDAY:value;FROMDAY:value;0:value", newest first.
local function in_force(rule, day)
    if undated[rule] then
        return rule
    end
    if not rule:find(';', 1, true) then
        undated[rule] = true
        return rule
    end
    for from, value in rule:gmatch('(%d+):([^;]*)') do
        if day - from >= 0 then
            return value
        end
    end
end
