-- GET /volunteers/{volunteer}/data: the selections for which they applied.
-- KEYS   account
-- ARGV   prefix volunteer after role
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the selections, where the next page begins, more
-- or     not-found erased

--include data
--include selection_years

return data_of_ids(function(prefix, one)
    local items = {}
    for year, list in selection_years(prefix) do
        for _, state in ipairs({'applied', 'shortlisted'}) do
            if redis.call('ZSCORE', list, state .. ':' .. one) then
                items[#items + 1] = {tonumber(year), state}
            end
        end
    end
    return items
end)
