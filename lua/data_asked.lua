-- GET /volunteers/{volunteer}/data: the needs that they asked for, newest
-- first; without who took them.
-- KEYS   account
-- ARGV   prefix volunteer after role
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the needs, where the next page begins, more
-- or     not-found erased

--include data_needs

return data_of_needs('nr:', function(n)
    return {need_values(need_with(n, {volunteer = false, entry = false}), true)}
end)
