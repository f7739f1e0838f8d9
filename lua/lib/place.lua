--include check

-- The ids of entries, and their order, which is that of the entries.
--
-- A link is an id in less room, for Redis keeps an integer of up to 63 bits in
-- 9 bytes: the milliseconds, and behind them the sequence in 5 digits.  An id
-- whose sequence has more is its own link.  The link to no entry is ''.

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

local LINK = 18             -- digits of one, of the years 2001 to 2286

local ZEROS = {'0000', '000', '00', '0', ''}    -- by the sequence's digits
local sub = string.sub

-- the link to the entry of an id
local function link_to(id)
    local dash = find(id, '-', 1, true)
    local zeros = ZEROS[#id - dash]
    return zeros and sub(id, 1, dash - 1) .. zeros .. sub(id, dash + 1) or id
end

-- the id that a link leads to, or nil when it is none; there is one spelling
local function linked(link)
    local ms, seq = link:match('^(%d+)(%d%d%d%d%d)$')
    local id = ms and ms .. '-' .. tonumber(seq) or link
    if not is_entry(id) or id:find('^0%d') or id:find('-0%d')
        or link_to(id) ~= link
    then
        return nil
    end
    return id
end

-- the two links that an entry may have: to the one before it, and of a merge
-- also to the last one of the account that came
local function links_of(before)
    local own, joined = before:match('^([^ ]*) ([^ ]+)$')
    return own or before, joined or ''
end
