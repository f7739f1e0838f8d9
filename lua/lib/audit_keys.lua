--include offer
--include audit_accounts
--include audit_orgs
--include audit_activities
--include tagged
--include need
--include audit_boards
--include audit_erased
--include voucher_text

-- All keys of the district: none may be there that the phases before have not
-- come by, and a voucher must be as the entry says that it names.

local KEYS_PAGE = 100

local VOUCHER_STATES = {
    redemption = 'issued', reversal = 'issued', use = 'used',
    cancellation = 'cancelled', expiry = 'expired'
}

local keys_check = {}

-- an account that stands alone is listed at its org and in its teams
local function check_places(a, id, f)
    local function listed(where, member)
        if not redis.call('ZSCORE', a.prefix .. where, member) then
            audit_found(a, 'account', id, where, member, '',
                        'is not in that list')
        end
    end
    if f.station then
        listed('gv:' .. f.station, org_member(f.kind or '', id))
    end
    for team in (f.teams or ''):gmatch('[^,]+') do
        listed('tm:' .. team, id)
    end
    tagged_each('', f.station, f.tags, function(where)
        listed(where, id)
    end)
end

keys_check.v = function(a, id, key)
    local f = redis.call('HMGET', key, 'kind', 'station', 'teams', 'merged',
                         'tags')
    if not f[4] then
        check_places(a, id, {kind = f[1], station = f[2], teams = f[3],
                             tags = f[5]})
        check_boards(a, id, key)
    end
    if not f[1] then
        audit_found(a, 'account', id, 'kind', '', '', 'is not there')
    end
    check_erased(a, id, key)
    -- one who came since is at the end of the list
    if not seen_has(a, id)
        and not redis.call('LPOS', a.prefix .. 'volunteers', id, 'RANK', -1)
    then
        audit_found(a, 'account', id, 'volunteers', '', '',
                    'is not in the list of volunteers')
    end
end

-- what belongs to an account is gone when that was merged
local function check_belongs(name)
    return function(a, id)
        local f = redis.call('HMGET', a.prefix .. 'v:' .. id, 'kind', 'merged')
        if not f[1] or f[2] then
            audit_found(a, 'account', id, name, '', '',
                        f[2] and 'is there though the account was merged'
                        or 'is there without an account')
        end
    end
end

keys_check.d = check_belongs('d:')
keys_check.e = check_belongs('e:')

keys_check.o = function(a, id, key)
    local price = redis.call('HGET', key, 'price')
    if not price or not redis.call('ZSCORE', a.prefix .. 'offers',
                                   offer_member(price, id))
    then
        audit_found(a, 'offer', id, 'offers', '', price,
                    'is not in the list of offers')
    end
end

keys_check.g = org_compare
keys_check.a = activity_compare
keys_check.t = check_leader

keys_check.n = function(a, id, key)
    local n = need_read(key, id)
    local persons = {}
    for head, who in pairs({nr = n.resident, nw = n.volunteer}) do
        if who then
            persons[#persons + 1] = a.prefix .. head .. ':' .. who
        end
    end
    for _, keys in ipairs({need_listed(n), need_offered(n), persons,
                           need_pending(n),
                           {n.state == 'open' and need_due(a.prefix) or nil}})
    do
        for _, list in ipairs(keys) do
            if not redis.call('ZSCORE', list, id) then
                audit_found(a, 'need', id, list:sub(#a.prefix + 1), '', '',
                            'is not in that list')
            end
        end
    end
    if n.state == 'confirmed' then
        local e = entry_read(a.ledger, n.entry or '')
        if not e or e.type ~= 'hours' or e.ref ~= id then
            audit_found(a, 'need', id, 'entry', '', n.entry,
                        'is not the entry of its hours')
        end
    end
end

keys_check.f = function(a, id, key)
    if redis.call('HEXISTS', audit_key(a, 'funds'), id) == 0 then
        audit_equal(a, 'fund', id, 'donated', 0,
                    redis.call('HGET', key, 'donated'))
    end
end

local function check_voucher(a, code, open_place)
    local v = voucher_read(a.prefix .. 'x:' .. code)
    if not v then
        return
    end
    local open = redis.call('HEXISTS', audit_key(a, 'vouchers'), code) == 1
    if v.state == 'issued' and not open then
        audit_found(a, 'voucher', code, 'state', '', v.state,
                    'is not open by the ledger')
    end
    if (v.state == 'issued') ~= open_place then
        audit_found(a, 'voucher', code, 'place', '', v.state,
                    open_place and 'has ended but is among the open ones'
                    or 'is open but has an end')
    end
    local e = entry_read(a.ledger, v.last)
    if not e or e.voucher ~= code then
        audit_found(a, 'voucher', code, 'entry', '', v.last,
                    'is no entry of this voucher')
        return
    end
    audit_equal(a, 'voucher', code, 'state', VOUCHER_STATES[e.type], v.state)
    audit_equal(a, 'voucher', code, 'merchant', v.merchant, e.merchant)
end

keys_check.x = function(a, id, key)
    local keys, bucket = vouchers_at(key)
    for _, voucher in ipairs(keys) do
        local code = voucher:sub(#a.prefix + 3)
        audit_try(a, 'voucher', code, check_voucher, a, code, bucket)
    end
end

local function keys_begin(a)
    audit_set(a, 'cursor', 0, 'scanned', 0)
end

-- A page of the keys, or of a leaderboard or of thanks that were among them;
-- true when all are done.
local function keys_step(a)
    if boards_wait(a) then
        boards_step(a)
        return a.scanned == '1' and not boards_wait(a)
    end

    local pattern = a.prefix:gsub('[*?%[%]\\]', '\\%0') .. '*'
    local page = redis.call('SCAN', a.cursor, 'MATCH', pattern, 'COUNT',
                            KEYS_PAGE)
    local what = {v = 'account', d = 'account', e = 'account', o = 'offer',
                  f = 'fund', g = 'org', a = 'activity', s = 'activity',
                  n = 'need', t = 'team', x = 'voucher'}

    for _, key in ipairs(page[2]) do
        local kind, id = key:sub(#a.prefix + 1):match('^(%l):(.*)$')
        if is_board(a, key) or is_thanks(a, key)
            or kind == 's'
               and audit_try(a, what[kind], id, signups_at_once, a, key)
                   == false
        then
            redis.call('RPUSH', audit_key(a, 'boards'), key)
        elseif key == erasing_key(a.prefix) then
            audit_try(a, 'account', '', check_erasing, a, key)
        elseif keys_check[kind] then
            audit_try(a, what[kind], id, keys_check[kind], a, id, key)
        end
    end
    redis.call('HINCRBY', a.key, 'keys', KEYS_PAGE)
    audit_set(a, 'cursor', page[1], 'scanned', page[1] == '0' and 1 or 0)
    return page[1] == '0' and not boards_wait(a)
end
