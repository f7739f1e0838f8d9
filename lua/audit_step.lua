-- The duty "audit": the next bounded step of an audit that was asked for.
-- Operations go on between the steps; what a step compares, it compares as of
-- the entry that it has come to.
-- KEYS   lease
-- ARGV   prefix token lease_ms, version utc_offset
-- reply  200, whether there is more, 1 when seals are to be verified now
-- or     409: another worker has the duty

--include lease
--include audit_ledger
--include audit_accounts
--include audit_offers
--include audit_books
--include audit_keys

local lease = keys()
local prefix, token, lease_ms, version, utc_offset = arguments()

if not leased(lease, token, lease_ms) then
    return {409, 0}
end

local nothing = function() end

-- has definitions of its own: one function holds no more than 200
local function keys_phase(a)
    --seldom
    return keys_step(a)
end

-- whether seals can be verified at all
local function seals_readable(a)
    local types = {ledger = 'stream', seals = 'stream', roots = 'zset'}
    local readable = true
    for name, type in pairs(types) do
        local found = redis.call('TYPE', a.prefix .. name).ok
        if found ~= type and found ~= 'none' then
            audit_found(a, 'seal', '', name, type, found)
            readable = false
        end
    end
    return readable
end

-- after each phase its next, and what begins it; phases but the first compare
-- only when all entries are folded
local phases = {
    seals = {to = 'ledger', step = function() return true end},
    done_seals = {to = 'ledger', step = function() return true end},
    ledger = {to = 'accounts', step = ledger_fold, begin = nothing},
    accounts = {to = 'offers', step = accounts_step, begin = accounts_begin},
    offers = {to = 'books', step = offers_step, begin = offers_begin},
    books = {to = 'keys', step = books_step, begin = books_begin},
    keys = {to = 'done', step = keys_phase, begin = keys_begin}
}

local a = audit_open(prefix)
a.utc_offset = utc_offset

if a.phase == 'seals' and seals_readable(a) then
    return {200, 0, 1, 1}
end
if a.state ~= 'running' then
    return {200, 0, 0, 0}
end

local function step(phase)
    if phase.step ~= ledger_fold and phase.begin and not ledger_fold(a) then
        return false
    end
    return phase.step(a)
end

-- what can't be gone on with is a finding, and the next phase has its turn
local phase = phases[a.phase] or {to = 'done', step = error}
local ok, done = pcall(step, phase)
if not ok then
    audit_found(a, 'audit', a.phase, '', '', '', audit_message(done))
end

if ok and not done then
    return {200, 0, 1, 0}
end
if phase.to ~= 'done' then
    audit_set(a, 'phase', phase.to)
    pcall(phases[phase.to].begin, a)
    return {200, 0, 1, 0}
end

audit_set(a, 'phase', 'done', 'state', 'done', 'finished', now())
redis.call('HDEL', a.key, 'account')
audit_drop(a)

return {200, 0, 0, 0}
