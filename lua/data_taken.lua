-- GET /volunteers/{volunteer}/data: the needs that they took, newest first;
-- without who asked, and their words.
-- KEYS   account
-- ARGV   prefix volunteer after role
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the needs, where the next page begins, more
-- or     not-found erased

--include data_needs

return data_of_needs('nw:', function(n)
    if n.resident and is_erased(n.prefix, n.resident) then
        n = need_unasked(n)
    end
    return {need_values(need_with(n, {resident = false, note = false}), true)}
end)
