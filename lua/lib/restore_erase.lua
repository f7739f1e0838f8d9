--include restore_effects
--include erase

-- the account is closed, and what the registry told of it goes
local function restore_erased(r, e)
    local a = restore_place(r, e.volunteer)
    a.key = r.prefix .. 'v:' .. e.volunteer
    local ids = erase_ready(a)
    return function()
        erase_begin(a, ids)
        erase_step(r.prefix, a.id)
    end
end

-- What comes by an entry to an account that a registry told to be erased goes
-- when the sweep comes by, by when all entries are in: a merge of the past may
-- have been undone since.
local function restore_told(r, volunteer, write)
    of_type(erasing_key(r.prefix), 'hash')
    return function()
        write()
        erase_again(r.prefix, volunteer)
    end
end
