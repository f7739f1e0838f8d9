-- What an entry adds to the district's books, and to the stock of an offer.

local function totals_earned(e)
    return {earned = e.earned, unspendable = e.earned - e.points}
end

local function totals_given_back(e)
    return {spent = 0 - e.points, returned = e.points}
end

-- points of a reversal that had ended don't come out of what is spendable
local function totals_unearned(e, o)
    local amount = e.amount or 0
    return {
        earned = e.earned, reversed = 0 - e.earned, expired = 0 - amount,
        unspendable = e.earned - e.points + amount,
        minutes = o.type == 'hours' and e.minutes or 0
    }
end

local totals_reversal = {
    hours = totals_unearned,
    award = totals_unearned,
    opening = totals_unearned,
    donation = function(e) return {donated = 0 - e.points} end,
    use = function(e) return {used = e.amount or 0} end,
    merge = totals_earned,
    merged = totals_earned
}

local totals = {
    hours = function(e)
        return {earned = e.earned, unspendable = e.earned - e.points,
                minutes = e.minutes}
    end,
    award = totals_earned,
    opening = totals_earned,
    redemption = function(e) return {spent = 0 - e.points} end,
    use = function(e) return {used = e.amount} end,
    cancellation = totals_given_back,
    expiry = totals_given_back,
    donation = function(e) return {donated = 0 - e.points} end,
    lapse = function(e) return {expired = 0 - e.points} end,
    merged = totals_earned,
    merge = totals_earned,
    reversal = function(e, o)
        return o and totals_reversal[o.type]
               and totals_reversal[o.type](e, o) or {}
    end
}

-- by name; o is the entry that a reversal names
local function totals_of(e, o)
    return totals[e.type] and totals[e.type](e, o) or {}
end

-- by how much it changes the stock of the offer that it names
local function stock_change(e)
    if e.type == 'stock' then
        return e.amount
    elseif e.type == 'redemption' then
        return -1
    elseif e.type == 'cancellation' or e.type == 'expiry' then
        return 1
    end
    return 0
end
