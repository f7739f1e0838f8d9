-- GET /volunteers/{volunteer}/data: where they signed up, and what they served.
-- KEYS   account
-- ARGV   prefix volunteer after role
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the sign-ups, where the next page begins, more
-- or     not-found erased

--include data
--include signup

return data_of_members('sv:', function(prefix, one, member, key)
    local a = activity_read(prefix, member:match(':(.+)$') or '')
              or corrupt(key, member)
    local s = signup_read(a, one) or corrupt(key, member)
    return {a.id, a.title, activity_state(a, now()), a.starts, a.ends, a.place,
            signup_values(a, s, now())}
end)
