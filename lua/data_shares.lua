-- GET /volunteers/{volunteer}/data: what they told of activities.
-- KEYS   account
-- ARGV   prefix volunteer after role
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the shares, where the next page begins, more
-- or     not-found erased

--include data
--include share

return data_of_members('sv:', function(prefix, one, member, key)
    local a = activity_read(prefix, member:match(':(.+)$') or '')
              or corrupt(key, member)
    local s = share_read(a, one)
    return s and {share_values(a, s)} or nil
end)
