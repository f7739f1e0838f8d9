-- GET /orgs: a page of the orgs right below one, or of those below none, by id.
-- KEYS   orgs
-- ARGV   prefix parent limit after
-- reply  200, the orgs, next or false

--include org_values
--include page

local prefix, parent, limit, after = arguments()
local ids, more = page_by_id(keys(), parent, limit, after)

for i, org in ipairs(ids) do
    ids[i] = {org_values(prefix, org)}
    if not ids[i][1] then
        corrupt(prefix .. 'g:' .. org, 'title')
    end
end

return {200, 0, ids, more}
