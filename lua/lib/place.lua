--include check

-- The ids of entries, and their order, which is that of the entries.

-- whether a text may be an entry's id
local function is_entry(text)
    local ms, seq = text:match('^(%d+)%-(%d+)$')
    return ms and #ms <= 15 and #seq <= 15
end

-- milliseconds and sequence of an entry's id
local function entry_place(id)
    local ms, seq = id:match('^(%d+)%-(%d+)$')
    return tonumber(ms), tonumber(seq)
end

-- whether an entry's id is above another's
local function entry_above(id, other)
    local ms, seq = entry_place(id)
    local other_ms, other_seq = entry_place(other)
    return ms > other_ms or ms == other_ms and seq > other_seq
end

local seconds_of = {}

-- the seconds since 1970 in an entry's id
local function entry_seconds(id)
    local text = id:sub(1, find(id, '-', 1, true) - 4)
    local seconds = seconds_of[text]
    if not seconds then
        seconds = tonumber(text) or 0
        seconds_of[text] = seconds
    end
    return seconds
end
