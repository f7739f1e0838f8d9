--include account

-- What a portal says of a volunteer.

-- puts a field where it is to be set, or unset when it is empty
local function put_field(set, unset, field, value)
    if value ~= '' then
        set[#set + 1] = field
        set[#set + 1] = value
    else
        unset[#unset + 1] = field
    end
end

-- an account without anything yet
local function account_new(key, volunteer, today)
    local year = year_of(today)
    return {
        id = volunteer, key = key, today = today, balance = 0, earned = 0,
        carry = 0, frozen = 0, year = year, years = {[year] = 0}
    }
end
