-- GET /volunteers/{volunteer}/data: what is kept of accounts that were merged.
-- KEYS   account
-- ARGV   prefix volunteer after role
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the accounts, where the next page begins, more
-- or     not-found erased

--include data

return data_of_ids(function(prefix, one)
    local key = prefix .. 'v:' .. one
    local f = redis.call('HMGET', key, 'merged', 'kind', 'station', 'teams',
                         'tags', 'free', 'minor', 'unlisted', 'called')
    if not f[1] then
        return {}
    end
    return {{one, f[1], f[2] or corrupt(key, 'kind'), f[3], f[4], f[5], f[6],
             account_flag(f[7], key, 'minor') and 1,
             account_flag(f[8], key, 'unlisted') and 0,
             natural(f[9], 0, key, 'called')}}
end)
