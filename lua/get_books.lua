-- GET /books: the district's running totals and the law that binds them.
-- KEYS   books ledger
-- ARGV   none
-- reply  200, volunteers, entries, minutes, earned, reversed, unspendable,
--        spent, used, outstanding, returned, expired, donated, balance, law

--include check

local LAW = 'balance = earned - unspendable - spent - expired - donated'

local books, ledger = keys()
local total = {}

local names = {'volunteers', 'minutes', 'earned', 'reversed', 'unspendable',
               'spent', 'used', 'returned', 'expired', 'donated'}
for i, value in ipairs(redis.call('HMGET', books, unpack(names))) do
    total[names[i]] = integer(value, 0, books, names[i])
end

return {200, 0, total.volunteers, redis.call('XLEN', ledger), total.minutes,
        total.earned, total.reversed, total.unspendable, total.spent,
        total.used, total.spent - total.used, total.returned, total.expired,
        total.donated, total.earned - total.unspendable - total.spent
        - total.expired - total.donated, LAW}
