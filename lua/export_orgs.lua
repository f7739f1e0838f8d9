-- GET /export?what=orgs, and what=registry: a page of orgs, each behind the one
-- it is below: by level, then by the org above and id.
-- KEYS   orgs
-- ARGV   prefix after
-- reply  200, the orgs, the last one's place, more
-- or     invalid-field(after)

--include org_values

local PAGE = 200

local orgs = keys()
local prefix, after = arguments()

local depth, last = after:match('^([1-3]):(.*)$')
if after ~= '' and not depth then
    return {'invalid-field', 'is not the after of an export', 'after'}
end
depth = tonumber(depth) or 1
last = last or ''

local members = redis.call('ZRANGEBYLEX', orgs,
                           last == '' and '-' or '(' .. last, '+',
                           'LIMIT', 0, PAGE)
local page = {}

for _, member in ipairs(members) do
    local org = {org_values(prefix, member:match(':(.*)$'))}
    if not org[1] then
        corrupt(orgs, member)
    end
    if org[3] == ORG_LEVELS[depth] then
        page[#page + 1] = org
    end
end

if #members == PAGE then
    return {200, 0, page, depth .. ':' .. members[PAGE], 1}
end
if depth < #ORG_LEVELS then
    return {200, 0, page, depth + 1 .. ':', 1}
end
return {200, 0, page, depth .. ':' .. (members[#members] or last), 0}
