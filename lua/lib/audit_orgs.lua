--include org
--include audit
--include fold
--include served

-- The figures of orgs: what entries say that they count for one, what is listed
-- of one, and the figures of the orgs right below it make its own.

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

-- The beneficiaries that are counted at an org itself, beside those that the
-- entries count: each source is a function of the audit, the org and the year,
-- which is "" for all time.
local org_beneficiaries = {}

-- what is counted at an org itself
local function org_own(a, org, figure)
    local by_entries = tonumber(redis.call('HGET', audit_key(a, 'orgs'),
                                           org .. ' ' .. figure) or 0)
    if figure == 'volunteers' then
        return redis.call('ZCARD', a.prefix .. 'gv:' .. org)
    elseif figure == 'teams' then
        return redis.call('ZLEXCOUNT', a.prefix .. 'teams', '(' .. org .. ':',
                          '(' .. org .. ';')
    end
    local year = figure:match('^beneficiaries(%d*)$')
    for _, source in ipairs(year and org_beneficiaries or {}) do
        by_entries = by_entries + source(a, org, year)
    end
    return by_entries
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
    local below = orgs_below(a, org)
    for field in pairs(below) do
        f[field] = f[field] or '0'
    end
    for figure, n in pairs(f) do
        if org_figure(figure) then
            audit_equal(a, 'org', org, figure,
                        org_own(a, org, figure) + (below[figure] or 0), n)
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
