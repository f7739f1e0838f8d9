--include org
--include audit
--include fold
--include served

-- The figures of orgs: what entries say that they count for one, what is listed
-- of one, the activities that it has counted, and the figures of the orgs right
-- below it make its own.

local COUNTED_PAGE = 1000

-- adds what an entry counts for its org, which totals has; o is the entry that
-- a reversal names
local function org_fold(sums, e, o, totals)
    if e.org == '' then
        return
    end
    local year = year_of(e.on)
    for figure, n in pairs({minutes = totals.minutes or 0,
                            points = totals.earned or 0,
                            beneficiaries = served_by(e, o)}) do
        fold_sum(sums, e.org .. ' ' .. figure, n)
        fold_sum(sums, e.org .. ' ' .. figure .. year, n)
    end
end

-- the figures that the activities counted by an org make
local function org_activities(a, org)
    local key = a.prefix .. 'ac:' .. org
    local sums = {}
    for from = 0, redis.call('ZCARD', key) - 1, COUNTED_PAGE do
        local page = redis.call('ZRANGE', key, from, from + COUNTED_PAGE - 1,
                                'WITHSCORES')
        for i = 1, #page, 2 do
            local year = page[i]:match('^%d+') or corrupt(key, page[i])
            local n = natural(page[i + 1], nil, key, page[i])
            for _, of in ipairs({'', year}) do
                fold_sum(sums, 'activities' .. of, 1)
                fold_sum(sums, 'beneficiaries' .. of, n)
            end
        end
    end
    return sums
end

-- what is counted at an org itself
local function org_own(a, org, figure)
    if figure == 'volunteers' then
        return redis.call('ZCARD', a.prefix .. 'gv:' .. org)
    elseif figure == 'teams' then
        return redis.call('ZLEXCOUNT', a.prefix .. 'teams', '(' .. org .. ':',
                          '(' .. org .. ';')
    end
    return tonumber(redis.call('HGET', audit_key(a, 'orgs'),
                               org .. ' ' .. figure) or 0)
end

-- the figures of the orgs right below one, together
local function orgs_below(a, org)
    local sums = {}
    for _, member in ipairs(redis.call('ZRANGEBYLEX', a.prefix .. 'orgs',
                                       '(' .. org .. ':', '(' .. org .. ';'))
    do
        local key = a.prefix .. 'g:' .. member:sub(#org + 2)
        for figure, n in pairs(audit_hash(key)) do
            if org_figure(figure) then
                fold_sum(sums, figure, integer(n, nil, key, figure))
            end
        end
    end
    return sums
end

local function org_compare(a, org, key)
    local f = audit_hash(key)
    local below, activities = orgs_below(a, org), org_activities(a, org)
    for _, sums in ipairs({below, activities}) do
        for field in pairs(sums) do
            f[field] = f[field] or '0'
        end
    end
    for figure, n in pairs(f) do
        if org_figure(figure) then
            audit_equal(a, 'org', org, figure,
                        org_own(a, org, figure) + (activities[figure] or 0)
                        + (below[figure] or 0), n)
        end
    end
    if f.title
        and not redis.call('ZSCORE', a.prefix .. 'orgs',
                           (f.parent or '') .. ':' .. org)
    then
        audit_found(a, 'org', org, 'orgs', '', f.parent,
                    'is not in the list of orgs')
    end
end

-- what the entries say of an org's figure; the rest is compared with its key
local function org_counted(a, counted, n)
    local org, figure = counted:match('^([^ ]+) ([^ ]+)$')
    if n ~= '0'
        and redis.call('HEXISTS', a.prefix .. 'g:' .. org, figure) == 0
    then
        audit_found(a, 'org', org, figure, n, '')
    end
end
