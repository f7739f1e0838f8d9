-- GET /orgs: a page of the orgs right below one, or of those below none, by id.
-- KEYS   orgs
-- ARGV   prefix parent limit after
-- reply  200, the orgs, next or false

--include org_values

local PAGE = 20

local orgs = keys()
local prefix, parent, limit, after = arguments()

limit = tonumber(limit) or PAGE
-- ";" comes behind ":"
local ids = redis.call('ZRANGEBYLEX', orgs, '(' .. parent .. ':' .. after,
                       '(' .. parent .. ';', 'LIMIT', 0, limit + 1)
local page = {}

for i = 1, math.min(#ids, limit) do
    ids[i] = ids[i]:sub(#parent + 2)
    page[i] = {org_values(prefix, ids[i])}
    if not page[i][1] then
        corrupt(prefix .. 'g:' .. ids[i], 'title')
    end
end

return {200, 0, page, #ids > limit and ids[limit]}
