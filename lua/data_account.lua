-- GET /volunteers/{volunteer}/data: the account, and all ids of the person.
-- KEYS   account
-- ARGV   prefix volunteer after role
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the account, where the next page begins, more
-- or     not-found erased

--include data

local a, refusal = data_account()
if not a then
    return refusal
end

local prefix = arguments()
local utc_offset, points_per_hour, stars, obligations = shared()

return {200, 0, {{
    table.concat(person_ids(prefix, a.id), ','),
    natural(redis.call('HGET', a.key, 'called'), 0, a.key, 'called'),
    account_values(a, points_per_hour, stars, obligations)
}}, '', 0}
