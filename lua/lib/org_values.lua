--include org

-- the org as the end of a reply, or nil where it is not registered
local function org_values(prefix, org)
    local key = prefix .. 'g:' .. org
    local f = redis.call('HMGET', key, 'title', 'level', 'parent')
    if not f[1] then
        return nil
    end
    return org, f[1], f[2] or corrupt(key, 'level'),
           f[3] and id(f[3], key, 'parent')
end
