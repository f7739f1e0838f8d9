--include org

-- Orgs in the order of their ids, each before those below it.

-- the first org right below one whose id is behind another, or nil; "" is above
-- those that are below none
local function org_below(prefix, org, behind)
    -- ";" comes behind ":"
    local member = redis.call('ZRANGEBYLEX', prefix .. 'orgs',
                              '(' .. org .. ':' .. behind, '(' .. org .. ';',
                              'LIMIT', 0, 1)[1]
    return member and member:sub(#org + 2)
end

-- the org that comes behind one, as far as it lies below root; or nil
local function org_next(prefix, org, root)
    local below = org_below(prefix, org, '')
    if below then
        return below
    end
    while org ~= root do
        local above = org_parent(prefix, org) or ''
        local beside = org_below(prefix, above, org)
        if beside then
            return beside
        end
        org = above
    end
    return nil
end

-- whether an org is one, or lies below it
local function org_within(prefix, root, org)
    return root == '' or org_reaches(prefix, root, org)
end

-- The org of which a caller may ask for a report, "" for all: an organizer's
-- own scope when they name none.  Nil and the refusal when it is not for them.
local function report_root(prefix, root, role, scope)
    if role == 'organizer' then
        root = root ~= '' and root or scope
        if not org_reaches(prefix, scope, root) then
            return nil, {'forbidden'}
        end
    end
    if root ~= '' and root ~= scope
        and redis.call('EXISTS', prefix .. 'g:' .. root,
                       prefix .. 'gv:' .. root) == 0
    then
        return nil, {'not-found', 'there is no such org', 'org'}
    end
    return root
end
