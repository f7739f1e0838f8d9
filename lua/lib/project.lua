--include check

-- A project is a hash at j:PROJECT of title, class, org and brand.  All are in
-- the sorted set "projects" as "ORG:PROJECT", nothing before the colon where it
-- is of no org.

local function project_read(key)
    local f = redis.call('HMGET', key, 'title', 'class', 'org', 'brand')
    if not f[1] then
        return absent(key, 'title')
    end
    return {
        title = f[1], class = id(f[2], key, 'class'),
        org = f[3] and id(f[3], key, 'org'),
        brand = natural(f[4], 0, key, 'brand')
    }
end

local function project_values(project, p)
    return project, p.title, p.class, p.org or false, p.brand
end
