--include clock
--include entry

-- What the entries of an account make of it, one after the other.  Those who
-- write entries compute the same in another way; that both agree is what an
-- audit is about.
--
-- A state s has the figures of an account, and beside them years (year ->
-- sixtieths of a point), days (day -> minutes), lots (day on which they end ->
-- points), merged (the id it was merged into) and joined (id that was merged
-- into it -> entry of the merge).  In the three tables 0 is the same as absent.

local FOLD_FIGURES = {'balance', 'earned', 'carry', 'late', 'unspendable',
                      'limited'}

local function fold_new()
    return {balance = 0, earned = 0, carry = 0, late = 0, unspendable = 0,
            limited = 0, frozen = 0, erased = 0,
            years = {}, days = {}, lots = {},
            joined = {}}
end

local function fold_sum(t, k, n)
    t[k] = (t[k] or 0) + n
end

local function fold_earn(s, earned, points)
    s.earned = s.earned + earned
    s.balance = s.balance + points
    s.unspendable = s.unspendable + earned - points
end

-- points that end on a day came, or were taken
local function fold_limit(s, ends, points)
    if ends and points ~= 0 then
        s.limited = s.limited + points
        fold_sum(s.lots, ends, points)
    end
end

-- sixtieths of hours, below zero when they are taken back: the points earned
-- and the points to spend that they complete
local function fold_carry(s, sixtieths, late)
    local all = s.carry + sixtieths
    local in_time = (s.carry - s.late) % 60 + sixtieths
    s.carry = all % 60
    if late then
        s.late = (s.late + sixtieths) % 60
        return math.floor(all / 60), 0
    end
    return math.floor(all / 60), math.floor(in_time / 60)
end

-- Takes points back: no more than an entry gave of those that end with it, or
-- are for life, then of what ends soonest after a day, then of what had ended
-- by it, which is returned; what is left is for life.
local function fold_take(s, points, given, ends, today)
    local days, ended = {}, 0

    local function take(most, left)
        local n = math.max(math.min(points, most, left), 0)
        points = points - n
        return n
    end
    local function take_lot(day, most)
        fold_limit(s, day, 0 - take(most, s.lots[day] or 0))
    end
    local function take_ended()
        local left = s.limited
        for _, day in ipairs(days) do
            left = left - s.lots[day]
        end
        local n = take(points, left)
        s.limited = s.limited - n
        ended = ended + n
    end

    for day in pairs(s.lots) do
        if day > today then
            days[#days + 1] = day
        end
    end
    table.sort(days)

    if not ends then
        take(given, s.earned - s.unspendable - s.limited)
    elseif ends > today then
        take_lot(ends, given)
    else
        take_ended()
    end
    for _, day in ipairs(days) do
        take_lot(day, points)
    end
    take_ended()
    return ended
end

-- what has ended by a day of the balance
local function fold_ended(s, today)
    local allowed = math.max(s.earned - s.unspendable - s.limited, 0)
    for day, points in pairs(s.lots) do
        if day > today then
            allowed = allowed + points
        end
    end
    return math.max(s.balance - math.max(allowed, 0), 0)
end

-- a table of moved figures with numbers as keys, or nil
local function moved_table(t)
    local numbers = {}
    if type(t) ~= 'table' then
        return nil
    end
    for k, n in pairs(t) do
        if not tonumber(k) or type(n) ~= 'number' then
            return nil
        end
        numbers[tonumber(k)] = n
    end
    return numbers
end

-- what an entry says that moved with a merge, or nil
local function moved_of(e)
    local ok, told = pcall(cjson.decode, e.evidence)
    if not ok or type(told) ~= 'table' then
        return nil
    end
    local moved = {}
    for _, field in ipairs(FOLD_FIGURES) do
        if type(told[field]) ~= 'number' then
            return nil
        end
        moved[field] = told[field]
    end
    for _, field in ipairs({'years', 'days', 'lots'}) do
        moved[field] = moved_table(told[field])
        if not moved[field] then
            return nil
        end
    end
    return moved
end

-- the first key above a bound on which two tables differ, or nil
local function table_differs(one, other, above)
    for k, n in pairs(one) do
        if k > above and (other[k] or 0) ~= n then
            return k
        end
    end
    for k, n in pairs(other) do
        if k > above and (one[k] or 0) ~= n then
            return k
        end
    end
    return nil
end

-- what of a state moved is not: a name, or nil
local function moved_differs(s, moved, today)
    for _, field in ipairs(FOLD_FIGURES) do
        if s[field] ~= moved[field] then
            return field
        end
    end
    return table_differs(s.years, moved.years, 0) and 'years'
           or table_differs(s.days, moved.days, 0) and 'days'
           or table_differs(s.lots, moved.lots, today) and 'lots'
end

-- puts what moved into a state, or takes it out with sign -1: the points and
-- the points earned that come of it
local function fold_join(s, moved, sign)
    local in_time = (s.carry - s.late) % 60
                    + sign * ((moved.carry - moved.late) % 60)
    local all = s.carry + sign * moved.carry
    local earned = sign * moved.earned + math.floor(all / 60)
    local points = sign * moved.balance + math.floor(in_time / 60)

    s.carry = all % 60
    s.late = (s.late + sign * moved.late) % 60
    s.earned = s.earned + earned
    s.balance = s.balance + points
    s.unspendable = s.unspendable + sign * moved.unspendable
                    + math.floor(all / 60) - math.floor(in_time / 60)
    s.limited = s.limited + sign * moved.limited
    for _, field in ipairs({'years', 'days', 'lots'}) do
        for k, n in pairs(moved[field]) do
            fold_sum(s[field], k, sign * n)
        end
    end
    return points, earned
end

-- makes all figures of a state those of another
local function fold_become(s, figures)
    for _, field in ipairs(FOLD_FIGURES) do
        s[field] = figures[field]
    end
    for _, field in ipairs({'years', 'days', 'lots'}) do
        for k in pairs(s[field]) do
            s[field][k] = 0
        end
        for k, n in pairs(figures[field]) do
            s[field][k] = n
        end
    end
end

-- Each of these makes of a state s what an entry e of its type did to it, and
-- returns the points and the points earned that e must therefore have; o is
-- the entry that a reversal names, bad(field, expected, found, detail) takes
-- what else is wrong.
local fold = {}

fold.hours = function(s, e)
    local sixtieths = e.minutes * e.points_per_hour
    local late = e.amount == 0
    local earned, points = fold_carry(s, sixtieths, late)
    fold_earn(s, earned, points)
    fold_limit(s, not late and e.ends, points)
    fold_sum(s.years, year_of(e.on), sixtieths)
    fold_sum(s.days, e.on, e.minutes)
    return points, earned
end

fold.award = function(s, e, o, bad)
    if e.earned < 1 then
        bad('earned', 'at least 1', e.earned)
    end
    fold_earn(s, e.earned, e.earned)
    fold_limit(s, e.ends, e.earned)
    fold_sum(s.years, year_of(e.on), 60 * e.earned)
    return e.earned, e.earned
end

fold.opening = function(s, e, o, bad)
    if e.points < 0 or e.points > e.earned then
        bad('points', 'from 0 to ' .. e.earned, e.points)
    end
    fold_carry(s, (e.minutes or 0) * (e.points_per_hour or 0), false)
    fold_earn(s, e.earned, e.points)
    fold_limit(s, e.ends, e.points)
    fold_sum(s.years, year_of(e.on), 60 * (e.amount or 0))
    return e.points, e.earned
end

-- the balance moves by what the entry says, in the direction of its type
local function fold_balance(sign)
    return function(s, e, o, bad)
        if e.points * sign < 0 then
            bad('points', sign > 0 and '0 or more' or '0 or less', e.points)
        end
        s.balance = s.balance + e.points
        return e.points, 0
    end
end

fold.redemption = fold_balance(-1)
fold.donation = fold_balance(-1)
fold.cancellation = fold_balance(1)
fold.expiry = fold_balance(1)

fold.lapse = function(s, e)
    local ended = fold_ended(s, e.on)
    s.balance = s.balance - ended
    return 0 - ended, 0
end

local function fold_nothing()
    return 0, 0
end

fold.proposal = fold_nothing
fold.refusal = fold_nothing
fold.use = fold_nothing

fold.freeze = function(s)
    s.frozen = 1
    return 0, 0
end

fold.unfreeze = function(s)
    s.frozen = 0
    return 0, 0
end

fold.erased = function(s)
    s.erased = 1
    return 0, 0
end

fold.merged = function(s, e, o, bad)
    local moved = moved_of(e)
    local differs = not moved and 'all'
                    or moved_differs(s, moved, e.on)
    if differs then
        bad('evidence', '', '', 'is not what moved: ' .. differs)
    end
    local points, earned = 0 - s.balance, 0 - s.earned
    fold_become(s, fold_new())
    s.merged = e.ref
    return points, earned
end

fold.merge = function(s, e, o, bad)
    local moved = moved_of(e)
    if s.joined[e.ref] then
        bad('ref', '', e.ref, 'was merged into this already')
    end
    s.joined[e.ref] = e.id
    if not moved then
        bad('evidence', '', '', 'is not what moved')
        s.balance = s.balance + e.points
        s.earned = s.earned + e.earned
        return e.points, e.earned
    end
    return fold_join(s, moved, 1)
end

-- What reverses an entry of each type.
local fold_reversal = {}

local function fold_unearn(s, e, o, bad)
    local earned, points, of_year = o.earned, o.points, 60 * o.earned

    if o.type == 'hours' then
        of_year = o.minutes * o.points_per_hour
        earned, points = fold_carry(s, 0 - of_year, o.amount == 0)
        earned, points = 0 - earned, 0 - points
        fold_sum(s.days, o.on, 0 - o.minutes)
    elseif o.type == 'opening' then
        of_year = 60 * (o.amount or 0)
        local lent, spent = fold_carry(s, 0 - (o.minutes or 0)
                                            * (o.points_per_hour or 0), false)
        earned, points = earned - lent, points - spent
    end
    if (e.minutes or 0) ~= 0 - (o.minutes or 0) then
        bad('minutes', 0 - (o.minutes or 0), e.minutes)
    end
    if e.on ~= o.on then
        bad('on', o.on, e.on)
    end

    fold_sum(s.years, year_of(o.on), 0 - of_year)

    -- points that had ended are not taken a second time
    local ended = fold_take(s, points, o.points, o.ends, e.day)
    if (e.amount or 0) ~= ended then
        bad('amount', ended, e.amount)
    end
    fold_earn(s, 0 - earned, 0 - points)
    s.balance = s.balance + ended
    return ended - points, 0 - earned
end

fold_reversal.hours = fold_unearn
fold_reversal.award = fold_unearn
fold_reversal.opening = fold_unearn

fold_reversal.donation = function(s, e, o)
    s.balance = s.balance - o.points
    return 0 - o.points, 0
end

fold_reversal.use = function(s, e, o, bad)
    if e.amount ~= 0 - o.amount then
        bad('amount', 0 - o.amount, e.amount)
    end
    if e.voucher ~= o.voucher then
        bad('voucher', o.voucher, e.voucher)
    end
    return 0, 0
end

-- what moved, without the points that would have ended since: they are
-- nobody's to give back
local function moved_back(e, o, bad)
    local moved = moved_of(o) or fold_new()
    local ended = moved.limited ~= 0 and fold_ended(moved, e.on) or 0
    if (e.amount or 0) ~= ended then
        bad('amount', ended, e.amount)
    end
    moved.balance = moved.balance - ended
    return moved
end

fold_reversal.merge = function(s, e, o, bad)
    s.joined[o.ref] = nil
    return fold_join(s, moved_back(e, o, bad), -1)
end

fold_reversal.merged = function(s, e, o, bad)
    local moved = moved_back(e, o, bad)
    fold_become(s, moved)
    s.merged = nil
    return moved.balance, moved.earned
end

fold.reversal = function(s, e, o, bad)
    local reverse = o and fold_reversal[o.type]
    if not reverse then
        bad('ref', '', e.ref, o and 'an entry of type ' .. o.type
            .. ' cannot be reversed' or 'there is no such entry')
        s.balance = s.balance + e.points
        s.earned = s.earned + e.earned
        return e.points, e.earned
    end
    return reverse(s, e, o, bad)
end

-- the day on which an entry's points end
local function fold_ends(e, utc_offset)
    return e and e.expires and day_of(e.expires, utc_offset)
end

-- what still happens to an account that was erased: time goes on, its vouchers
-- end, and mistakes are put right, but for merges
local FOLD_ERASED = {lapse = true, use = true, cancellation = true,
                     expiry = true, refusal = true, reversal = true}

local function fold_closed(e, o)
    return not FOLD_ERASED[e.type]
           or o and (o.type == 'merge' or o.type == 'merged')
end

-- Folds an entry e into a state s and tells bad() what e should be instead.
-- A balance that is off by as much as the one before is not told again.
local function fold_entry(s, e, o, utc_offset, bad)
    if s.merged and not (e.type == 'reversal' and o and o.type == 'merged') then
        bad('volunteer', s.merged, e.volunteer, 'the account was merged')
    end

    if s.erased == 1 and fold_closed(e, o) then
        bad('volunteer', '', e.volunteer, 'the account was erased')
    end

    e.ends = fold_ends(e, utc_offset)
    if o then
        e.day = day_of(math.floor(entry_place(e.id) / 1000), utc_offset)
        o.ends = fold_ends(o, utc_offset)
    end
    local points, earned = fold[e.type](s, e, o, bad)

    if e.points ~= points then
        bad('points', points, e.points)
    end
    if e.earned ~= earned then
        bad('earned', earned, e.earned)
    end
    local off = e.balance - s.balance
    if off ~= 0 and off ~= s.off then
        bad('balance', s.balance, e.balance)
    end
    s.off = off
end
