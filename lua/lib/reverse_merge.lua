--include merge

-- the entry of the old account's side, to which the merge leads
local function merged_of(prefix, e)
    local ledger = prefix .. 'ledger'
    local own, joined = links_of(e.before)
    local id = linked(joined)
    local merged = id and ledger_read(prefix, id)
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
    local f = redis.call('HMGET', old_key, 'kind', 'merged', 'corrected',
                         'last', 'station', 'teams', 'frozen', 'minor',
                         'unlisted', 'tags', 'erased')

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
    if a.erased then
        return nil, {'erased'}
    end

    local merged = merged_of(prefix, e)
    if f[4] ~= link_to(merged.id) then
        corrupt(old_key, 'last')
    end
    local merges = merges_of(a.key) - merges_of(old_key) - 1
    if merges < 0 then
        corrupt(a.key, 'merges')
    end
    local joined = joined_of(a.key)
    local moved = cjson.decode(e.evidence)
    local ended = moved_ended(moved, a.today)
    moved.balance = moved.balance - ended
    local old = {
        id = e.ref, key = old_key, prefix = prefix, today = a.today,
        lapse = 0, years = moved.years, last = f[4], kind = f[1],
        station = f[5], teams = f[6], tags = f[10],
        frozen = natural(f[7], 0, old_key, 'frozen'),
        minor = account_flag(f[8], old_key, 'minor'),
        unlisted = account_flag(f[9], old_key, 'unlisted'),
        told = account_erased(f[11], old_key)
    }
    boards_ready(old)
    old.years = {}
    places_ready(old)
    account_ready(a, 'earned', 'unspendable', 'expired')
    account_ready(old)
    moved_ready(a, moved)
    moved_ready(old, moved)
    lots_read(prefix .. 'e:' .. old.id)
    local days = days_add(a, moved, -1)
    local kept_balance = a.balance
    local earned, points = figures_add(a, moved, -1)
    local balance = a.balance
    a.balance = kept_balance
    boards_ready(a)

    account_settle(a, r)
    a.balance = balance
    r.points = points
    r.earned = earned
    r.balance = balance
    r.amount = ended ~= 0 and ended
    local reversal = account_append(a, r)
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
    local back = account_append(old, returned)

    redis.call('HDEL', old.key, 'merged')
    places_return(old)
    account_write(old)
    account_write(a)
    merges_write(a.key, merges)
    joined_remove(a.key, joined, old.id)
    days_write(a, days)
    days_write(old, moved.days)
    lots_add(a, moved, -1)
    lots_add(old, moved, 1)
    redis.call('HSET', prefix .. 'reversed', merged.id, back)
    books_add(prefix, 'earned', earned + moved.earned, 'unspendable',
              earned - points + moved.earned - moved.balance)
    old.lots = next(moved.lots) and lots_read(prefix .. 'e:' .. old.id)
    account_settle_again(a, r)
    account_settle_again(old, returned)
    return reversal
end
