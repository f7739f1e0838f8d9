--include clock

-- For a loop over all years in which a period of a selection may have begun, as
-- texts, each with the key of those who applied.
local function selection_years(prefix)
    local year = 1969
    local last = year_of(day_of(now(), 0)) + 1
    return function()
        year = year + 1
        local text = string.format('%d', year)
        if year <= last then
            return text, prefix .. 'sl:' .. text
        end
    end
end
