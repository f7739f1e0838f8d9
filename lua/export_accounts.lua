-- GET /export?what=accounts, and what=registry: a page of accounts in the
-- order of their registration, as they are stored; one that was merged into an
-- account that was erased was erased with it.
-- KEYS   volunteers
-- ARGV   prefix after
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the accounts, how many came before the next, more
-- or     invalid-field(after)

--include check
--include clock
--include rules
--include account
--include erased

local PAGE = 200

local volunteers = keys()
local prefix, after = arguments()
local utc_offset, points_per_hour, stars, obligations = shared()

if after ~= '' and (#after > 12 or not after:find('^%d+$')) then
    return {'invalid-field', 'is not the after of an export', 'after'}
end

local today = today_at(utc_offset)
local year = year_of(today)
points_per_hour = in_force(points_per_hour, today)
stars = in_force(stars, today)
obligations = in_force(obligations, today)

local start = tonumber(after) or 0
local ids = redis.call('LRANGE', volunteers, start, start + PAGE - 1)
local accounts = {}

for i, volunteer in ipairs(ids) do
    local key = prefix .. 'v:' .. volunteer
    local f = redis.call('HMGET', key, 'kind', 'balance', 'earned', 'carry',
                         'frozen', 'station', 'teams', 'tags', 'merged',
                         'y' .. year, 'free', 'minor', 'unlisted', 'called',
                         'erased')
    local kind = f[1] or corrupt(key, 'kind')
    local earned = natural(f[3], nil, key, 'earned')
    local carry = natural(f[4], 0, key, 'carry')
    local sixtieths = integer(f[10], 0, key, 'y' .. year)
    local of_year = math.floor(sixtieths / 60)
    local owes = tonumber(obligations:match(kind .. '=(%d+)')) or 0
    accounts[i] = {
        volunteer, kind, integer(f[2], nil, key, 'balance'), earned,
        (stars_of(earned, stars)), math.floor(carry / points_per_hour),
        year, of_year, math.max(owes - math.max(of_year, 0), 0),
        natural(f[5], 0, key, 'frozen'), f[6], f[7], f[8], f[11],
        account_flag(f[12], key, 'minor') and 1,
        account_flag(f[13], key, 'unlisted') and 0,
        natural(f[14], false, key, 'called'),
        f[9] and answering(prefix, volunteer),
        (account_erased(f[15], key) or f[9] and is_erased(prefix, volunteer))
        and 1
    }
end

return {200, 0, accounts, #ids > 0 and tostring(start + #ids) or after,
        #ids == PAGE and 1 or 0}
