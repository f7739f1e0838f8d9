--include answering
--include erased
--include check
--include clock
--include rules
--include lots
--include ledger
--include org
--include board

local year_fields = {}

-- the field of a year's figure
local function year_field(year)
    local field = year_fields[year]
    if not field then
        field = 'y' .. year
        year_fields[year] = field
    end
    return field
end

-- an account without anything yet
local function account_new(key, volunteer, today)
    local year = year_of(today)
    return {
        id = volunteer, key = key, prefix = key:sub(1, -3 - #volunteer),
        today = today, balance = 0, earned = 0, carry = 0, frozen = 0,
        last = '', year = year, years = {[year] = 0}
    }
end

-- the link to an account's last entry, as its hash has it
local function account_last(value, key)
    if not value then
        return ''
    end
    return #value == LINK and find(value, '^[1-9]%d+$') and value
           or linked(value) and value or corrupt(key, 'last')
end

-- whether a flag is set
local function account_flag(value, key, field)
    return value and (value == '1' or corrupt(key, field))
end

-- The account at key, or nil.  One that was merged into another is answered
-- by that other, so id, key and prefix are to be taken from what is returned.
-- One that was erased ends the call, but for who reads it with erased.
-- Its balance is without the points that have ended by today; lapse is how
-- many those are, to be written by account_settle().
local function account_read(key, volunteer, today, erased)
    local year = year_of(today)
    local this_year = year_field(year)
    local f = redis.call('HMGET', key, 'kind', 'balance', 'earned', 'carry',
                         'late', 'unspendable', 'limited', 'frozen', 'station',
                         'teams', 'tags', 'merged', 'last', this_year, 'free',
                         'minor', 'unlisted', 'erased')
    if not f[1] then
        return absent(key, 'kind')
    end

    local told = f[18] and account_erased(f[18], key)
    if told and not erased then
        refuse('erased')
    end

    local prefix = key:sub(1, -3 - #volunteer)
    if f[12] then
        local into = answering(prefix, volunteer)
        return account_read(prefix .. 'v:' .. into, into, today, erased)
               or corrupt(key, 'merged')
    end
    local late, unspendable, frozen = f[5], f[6], f[8]
    local a = {
        id = volunteer, key = key, prefix = prefix, today = today,
        kind = find(f[1], '^%l+$') and f[1] or corrupt(key, 'kind'),
        balance = integer(f[2], nil, key, 'balance'),
        earned = natural(f[3], nil, key, 'earned'),
        carry = natural(f[4], 0, key, 'carry'),
        late = late and natural(late, 0, key, 'late') or 0,
        unspendable = unspendable
                      and integer(unspendable, 0, key, 'unspendable') or 0,
        frozen = frozen and natural(frozen, 0, key, 'frozen') or 0,
        last = account_last(f[13], key), year = year,
        years = {[year] = natural(f[14], 0, key, this_year)}, lapse = 0
    }
    -- not above: a table of more than 16 fields is twice as large
    if f[9] then
        a.station = id(f[9], key, 'station')
    end
    if f[10] then
        a.teams = id(f[10], key, 'teams')
    end
    if f[11] then
        a.tags = id(f[11], key, 'tags')
    end
    if f[15] then
        a.free = id(f[15], key, 'free')
    end
    if f[16] or f[17] then
        a.minor = account_flag(f[16], key, 'minor')
        a.unlisted = account_flag(f[17], key, 'unlisted')
    end
    if told then
        a.erased = 1
        a.told = told == ERASED_TOLD
    end
    if late or unspendable then
        a.had_late, a.had_unspendable = late, unspendable
    end
    if f[7] then
        a.limited = integer(f[7], nil, key, 'limited')
        a.lots = lots_read(prefix .. 'e:' .. volunteer)
        a.lapse = lots_ended(a)
        a.balance = a.balance - a.lapse
    end
    return a
end

-- The same, as far as spending needs it: with less to read, most accounts have
-- no points that end.
local function account_spending(key, volunteer, today)
    local f = redis.call('HMGET', key, 'kind', 'balance', 'earned', 'frozen',
                         'limited', 'merged', 'last', 'erased')
    if not f[1] or f[5] or f[6] or f[8] then
        return account_read(key, volunteer, today)
    end
    return {
        id = volunteer, key = key, prefix = key:sub(1, -3 - #volunteer),
        today = today, balance = integer(f[2], nil, key, 'balance'),
        earned = natural(f[3], nil, key, 'earned'),
        frozen = natural(f[4], 0, key, 'frozen'),
        last = account_last(f[7], key), lapse = 0
    }
end

-- Writes an entry of an account and returns its id; that of a merge leads to
-- the last entry of the account joined, too.  The account's hash, which names
-- its last entry, is to be written behind it.
local function account_append(a, e, joined)
    local before = joined and a.last .. ' ' .. joined.last or a.last
    local entry = ledger_append(a.prefix, e, before)
    a.last = link_to(entry)
    return entry
end

-- writes what an entry changes that moves the balance alone
local function account_write_balance(a)
    redis.call('HSET', a.key, 'balance', digits[a.balance], 'last', a.last)
end

-- Writes what has ended by today as an entry of its own; who has by, role,
-- scope and rules.  Comes before the entry of what is done, and again after
-- one that brought points back.
local function account_settle(a, who)
    local lapse = a.lapse
    if lapse > 0 then
        account_append(a, {
            type = 'lapse', volunteer = a.id, points = 0 - lapse, earned = 0,
            balance = a.balance, on = a.today, by = who.by, role = who.role,
            scope = who.scope, rules = who.rules
        })
        account_write_balance(a)
        books_add(a.prefix, 'expired', lapse)
        a.lapse = 0
    end
    if a.lots then
        for day in pairs(a.lots) do
            if day <= a.today then
                redis.call('HDEL', a.prefix .. 'e:' .. a.id, day)
                a.lots[day] = nil
            end
        end
    end
end

-- after points came back: some may have ended meanwhile
local function account_settle_again(a, who)
    a.lapse = lots_ended(a)
    a.balance = a.balance - a.lapse
    account_settle(a, who)
end

-- ends the script unless what an account is written to can be written
local function account_ready(a, ...)
    if a.lots then
        -- lots that have ended may go before an entry is written
        of_type_once(a.prefix .. 'ledger', 'stream')
    end
    if ... then
        books_ready(a.prefix, ...)
    end
    if a.lapse > 0 then
        books_ready(a.prefix, 'expired')
    end
end

-- the same for the lot that ends on a day; nil when there is none
local function account_lot_ready(a, day)
    if day then
        of_type(a.prefix .. 'e:' .. a.id, 'hash')
        of_type(a.prefix .. 'ends:' .. day, 'list')
    end
end

-- writes the figures and the places on boards, but not the lots
local function account_write(a)
    local f = {'balance', digits[a.balance], 'earned', digits[a.earned],
               'carry', digits[a.carry], 'last', a.last}
    for _, field in ipairs({'late', 'unspendable'}) do
        if a[field] ~= 0 then
            f[#f + 1] = field
            f[#f + 1] = digits[a[field]]
        elseif a['had_' .. field] then
            redis.call('HDEL', a.key, field)
        end
    end
    if a.limited then
        f[#f + 1] = 'limited'
        f[#f + 1] = digits[a.limited]
    end
    for year, sixtieths in pairs(a.years) do
        f[#f + 1] = year_field(year)
        f[#f + 1] = digits[sixtieths]
    end
    redis.call('HSET', a.key, unpack(f))
    boards_write(a)
end

-- adds sixtieths of a point to the figure of any year
local function account_year_add(a, year, sixtieths)
    local field = year_field(year)
    local n = a.years[year]
              or natural(redis.call('HGET', a.key, field), 0, a.key, field)
    if n + sixtieths < 0 then
        corrupt(a.key, field)
    end
    a.years[year] = n + sixtieths
end

-- Adds sixtieths of a point, below zero to take them back, of hours in time or
-- late; returns what that makes of points earned and of points to spend.  The
-- sums of all hours and of those in time each make a point with every sixty.
local function account_carry(a, sixtieths, late)
    local spendable = (a.carry - a.late) % 60
    local all = a.carry + sixtieths
    a.carry = all % 60

    local earned = floor(all / 60)
    if late then
        a.late = (a.late + sixtieths) % 60
        return earned, 0
    end
    return earned, floor((spendable + sixtieths) / 60)
end

-- adds points to earned and to what can be spent
local function account_earn(a, earned, points)
    a.earned = a.earned + earned
    a.balance = a.balance + points
    a.unspendable = a.unspendable + earned - points
end

-- adds points to the lot that ends on a day, or takes them away
local function account_lot(a, day, points)
    local key = a.prefix .. 'e:' .. a.id
    a.lots = a.lots or {}
    if not a.lots[day] then
        redis.call('RPUSH', a.prefix .. 'ends:' .. day, a.id)
    end
    local sum = (a.lots[day] or 0) + points
    if sum ~= 0 then
        a.lots[day] = sum
        redis.call('HSET', key, day, sum)
    else
        a.lots[day] = nil
        redis.call('HDEL', key, day)
    end
end

-- the same for points that just came, or are taken; nil when they are for life
local function account_limit(a, day, points)
    if day and points ~= 0 then
        a.limited = (a.limited or 0) + points
        account_lot(a, day, points)
    end
end

local thresholds_of = {}

-- the points of each tier of stars
local function tiers_of(thresholds)
    local tiers = thresholds_of[thresholds]
    if not tiers then
        tiers = {}
        for threshold in thresholds:gmatch('%d+') do
            tiers[#tiers + 1] = tonumber(threshold)
        end
        thresholds_of[thresholds] = tiers
    end
    return tiers
end

-- the points that a number of stars takes; nil for a tier that there is not
local function points_of_stars(stars, thresholds)
    return stars == 0 and 0 or tiers_of(thresholds)[stars]
end

-- the stars of a lifetime's points, the next tier and what it still needs
local function stars_of(earned, thresholds)
    local tiers = tiers_of(thresholds)
    for tier, threshold in ipairs(tiers) do
        if threshold > earned then
            return tier - 1, tier, threshold - earned
        end
    end
    return #tiers, false, false
end

-- how many points a year the kind owes by the rule
local function owed_by(kind, obligations)
    return obligations ~= ''
           and tonumber(obligations:match(kind .. '=(%d+)')) or 0
end

-- the account as the end of a reply; carry is in sixtieths of a point
local function account_values(a, points_per_hour, thresholds, obligations)
    local stars, next_stars, need =
        stars_of(a.earned, in_force(thresholds, a.today))
    local owes = owed_by(a.kind, in_force(obligations, a.today))
    local year_earned = floor(a.years[a.year] / 60)
    local ending, ends = lots_next(a)
    return a.id, a.kind, a.balance, a.earned, stars, next_stars, need,
           floor(a.carry / in_force(points_per_hour, a.today)), a.year,
           year_earned, owes > year_earned and owes - year_earned or 0,
           a.frozen, ending, ends, a.station or false, a.teams or false,
           a.tags or false, a.free or false, a.minor and 1 or false,
           a.unlisted and 0 or false, a.erased or false
end

-- who may still see one that was erased
local function sees_erased(role)
    return role == 'admin' or role == 'auditor'
end

-- an organizer reaches the volunteers of their own org and of those below it,
-- and those who have none yet
local function out_of_scope(role, scope, a)
    return role == 'organizer' and a.station
           and not org_reaches(a.prefix, scope, a.station)
end
