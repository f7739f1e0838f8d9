-- GET /volunteers/{volunteer}/data: of which activities they thanked somebody
-- who told of it.
-- KEYS   account
-- ARGV   prefix volunteer after role
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the activities, where the next page begins, more
-- or     not-found erased

--include data

return data_of_members('sy:', function(prefix, one, member, key)
    return {member:match('^([^:]+):') or corrupt(key, member)}
end)
