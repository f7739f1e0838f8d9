--include merge

-- whether an id that the account new answers for is answered through old
local function answered_through(prefix, volunteer, old, new)
    local by = answering(prefix, volunteer, old)
    if by ~= old and by ~= new then
        corrupt(prefix .. 'v:' .. by, 'merged')
    end
    return by == old
end

-- The entries in the index of an account that came with old, and the others.
-- Those behind the entry merged are the account's own, however many they are,
-- and need not be read.
local function index_split(a, old, merged)
    local index = a.prefix .. 'l:' .. a.id
    local through = {}
    local theirs, own = {}, {}
    local behind = false
    for _, entry in ipairs(index_read(index)) do
        behind = behind or entry_above(entry, merged)
        local e = not behind
                  and (ledger_read(a.prefix, entry) or corrupt(index, entry))
        if e and through[e.volunteer] == nil then
            through[e.volunteer] = answered_through(a.prefix, e.volunteer, old,
                                                    a.id)
        end
        local of = e and through[e.volunteer] and theirs or own
        of[#of + 1] = entry
    end
    return theirs, own
end

-- the entry of the old account's side, which was written just before
local function merged_of(prefix, e)
    local ledger = prefix .. 'ledger'
    local before = redis.call('XREVRANGE', ledger, e.id, '-', 'COUNT', 2)[2]
    local merged = before and ledger_read(prefix, before[1])
    if not merged or merged.type ~= 'merged' or merged.volunteer ~= e.ref then
        corrupt(ledger, e.id)
    end
    return merged
end

-- an account that was merged, as it was then
local function figures_restore(a, moved)
    for _, field in ipairs({'balance', 'earned', 'carry', 'late',
                            'unspendable'}) do
        a[field] = moved[field]
    end
    if moved_limited(moved) then
        a.limited = moved.limited
    end
    for year, sixtieths in pairs(moved.years) do
        a.years[tonumber(year)] = sixtieths
    end
end

-- how much of what moved would have ended since: nobody's to give back
local function moved_ended(moved, today)
    if moved.limited == 0 then
        return 0
    end
    local lots = {}
    for day, points in pairs(moved.lots) do
        lots[tonumber(day)] = points
    end
    return lots_ended({
        balance = moved.balance, earned = moved.earned,
        unspendable = moved.unspendable, limited = moved.limited, lots = lots,
        today = today
    })
end

-- takes an account out of the one that it was merged into
local function reverse_merge(a, e, r)
    local prefix = a.prefix
    local old_key = prefix .. 'v:' .. e.ref
    local f = redis.call('HMGET', old_key, 'kind', 'merged', 'corrected')

    if a.id ~= e.volunteer then
        return nil, {'not-reversible', 'the account was merged itself since'}
    end
    if f[2] ~= a.id then
        corrupt(old_key, 'merged')
    end
    if f[3] then
        return nil, {'not-reversible', 'an entry of before the merge was '
                     .. 'reversed since'}
    end
    if a.frozen ~= 0 then
        return nil, {'frozen'}
    end

    local merged = merged_of(prefix, e)
    local moved = cjson.decode(e.evidence)
    local ended = moved_ended(moved, a.today)
    moved.balance = moved.balance - ended
    local old = {
        id = e.ref, key = old_key, prefix = prefix, today = a.today,
        lapse = 0, years = {}, kept = {}
    }
    account_ready(a, 'earned', 'unspendable', 'expired')
    account_ready(old)
    moved_ready(a, moved)
    moved_ready(old, moved)
    lots_read(prefix .. 'e:' .. old.id)
    local theirs, own = index_split(a, e.ref, merged.id)
    local days = days_add(a, moved, -1)
    local kept_balance = a.balance
    local earned, points = figures_add(a, moved, -1)
    local balance = a.balance
    a.balance = kept_balance

    local lapsed = a.lapse > 0
    account_settle(a, r)
    if lapsed then
        own[#own + 1] = redis.call('LINDEX', prefix .. 'l:' .. a.id, -1)
    end
    a.balance = balance
    r.points = points
    r.earned = earned
    r.balance = balance
    r.amount = ended ~= 0 and ended
    local reversal = ledger_append(prefix, r)
    figures_restore(old, moved)
    local returned = {}
    for field, value in pairs(r) do
        returned[field] = value
    end
    returned.volunteer = old.id
    returned.points = moved.balance
    returned.earned = moved.earned
    returned.balance = moved.balance
    returned.ref = merged.id
    theirs[#theirs + 1] = ledger_append(prefix, returned)
    own[#own + 1] = reversal

    redis.call('HDEL', old.key, 'merged')
    account_write(old)
    account_write(a)
    days_write(a, days)
    days_write(old, moved.days)
    lots_add(a, moved, -1)
    lots_add(old, moved, 1)
    index_write(prefix .. 'l:' .. a.id, own)
    index_write(prefix .. 'l:' .. old.id, theirs)
    redis.call('HSET', prefix .. 'reversed', merged.id, theirs[#theirs])
    books_add(prefix, 'earned', earned + moved.earned, 'unspendable',
              earned - points + moved.earned - moved.balance)
    old.lots = next(moved.lots) and lots_read(prefix .. 'e:' .. old.id)
    account_settle_again(a, r)
    account_settle_again(old, returned)
    return reversal
end
