--include answering
--include check

local ERASED_TOLD = 2

-- Whether an account was erased: 1 by an entry, or as a registry told whose
-- ledger has none; nil when it was not.
local function account_erased(value, key)
    local n = tonumber(value or nil)
    return value and (value == '1' and 1 or n == ERASED_TOLD and n
                      or corrupt(key, 'erased')) or nil
end

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
