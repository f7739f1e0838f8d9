-- The order of texts by their bytes, which is that of sorted sets.  Lua's own
-- goes by the locale of Redis, which may put "a" before "B".

local byte = string.byte

-- whether a text comes before another
local function bytes_before(one, other)
    local i = 1
    while true do
        local b, c = byte(one, i), byte(other, i)
        if b ~= c or not b then
            return c ~= nil and (b == nil or b < c)
        end
        i = i + 1
    end
end
