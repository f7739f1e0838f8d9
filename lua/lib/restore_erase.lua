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
