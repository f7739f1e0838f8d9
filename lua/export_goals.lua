-- GET /export?what=registry: a page of the goals of orgs, by org.
-- KEYS   orgs
-- ARGV   prefix after
-- reply  200, the goals: org, hours, year or false; the last org's place, more

--include check
--include fields

local PAGE = 200

local orgs = keys()
local prefix, after = arguments()

local members = redis.call('ZRANGEBYLEX', orgs,
                           after == '' and '-' or '(' .. after, '+',
                           'LIMIT', 0, PAGE)
local page = {}

for _, member in ipairs(members) do
    local org = member:match(':(.*)$')
    local key = prefix .. 'g:' .. org
    for field, value in pairs(fields_of(redis.call('HGETALL', key))) do
        local year = field:match('^goal(%d*)$')
        if year then
            page[#page + 1] = {org, natural(value, nil, key, field),
                               tonumber(year) or false}
        end
    end
end

return {200, 0, page, members[#members] or after, #members == PAGE and 1 or 0}
