--include answering

-- whether a volunteer, who need not have an account, was erased, by this id or
-- by that of the account that answers for it
local function is_erased(prefix, volunteer)
    local f = redis.call('HMGET', prefix .. 'v:' .. volunteer, 'merged',
                         'erased')
    return f[2] or f[1]
           and redis.call('HGET', prefix .. 'v:'
                          .. answering(prefix, volunteer), 'erased')
           or false
end
