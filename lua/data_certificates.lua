-- GET /volunteers/{volunteer}/data: the certificates that were issued.
-- KEYS   account
-- ARGV   prefix volunteer after role
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the certificates, where the next page begins, more
-- or     not-found erased

--include data
--include certificate

local PAGE = 10

return data_of_ids(function(prefix, one, place)
    local list = prefix .. 'cl:' .. one
    local from = tonumber(place) or 0
    local items = {}
    local codes = redis.call('LRANGE', list, from, from + PAGE - 1)
    for i, code in ipairs(codes) do
        local key = prefix .. 'ct:' .. code
        local c = certificate_read(key)
        local reply = c and certificate_reply(prefix, key, code, c)
                      or corrupt(list, code)
        -- behind what is signed and the signature, which comes last here
        items[i] = {unpack(reply, 5)}
        items[i][#items[i] + 1] = reply[4]
    end
    return items, codes[PAGE] and digits[from + PAGE]
end)
