-- An audit that runs.  Its hash P.."audit" says how far it is; while it runs,
-- P.."audit:totals" and the like hold what the ledger says up to the entry
-- `position`.  P.."audit:found" is a list of findings as JSON.

--include fields
--include place

local AUDIT_FOUND_MAX = 1000    -- findings that are kept; all are counted
local AUDIT_TEXT_MAX = 200      -- bytes of a value that a finding shows

-- the keys that are gone when it ends
local AUDIT_TEMPORARY = {'totals', 'stock', 'vouchers', 'funds', 'merged',
                         'lasts', 'segments', 'seen', 'orgs', 'boards'}

local function audit_open(prefix)
    local a = fields_of(redis.call('HGETALL', prefix .. 'audit'))
    a.position = a.position or ''
    a.mismatches = a.mismatches or 0
    a.prefix = prefix
    a.key = prefix .. 'audit'
    a.ledger = prefix .. 'ledger'
    return a
end

local function audit_key(a, name)
    return a.key .. ':' .. name
end

-- a value as a finding shows it: ASCII, of bounded length
local function audit_text(value)
    if type(value) == 'number' then
        return string.format('%.0f', value)
    end
    return (tostring(value or ''):sub(1, AUDIT_TEXT_MAX)
            :gsub('[^\32-\126]', '?'))
end

-- Keeps a finding: what kind of thing it is about, its id, the field at fault,
-- what that should be and what it is.
local function audit_found(a, what, id, field, expected, found, detail)
    local list = audit_key(a, 'found')
    redis.call('HINCRBY', a.key, 'mismatches', 1)
    if redis.call('LLEN', list) < AUDIT_FOUND_MAX then
        redis.call('RPUSH', list, cjson.encode({
            what = what, id = audit_text(id), field = audit_text(field),
            expected = audit_text(expected), found = audit_text(found),
            detail = audit_text(detail)
        }))
    end
end

-- the message of what pcall() caught
local function audit_message(caught)
    return type(caught) == 'table' and caught.err or caught
end

-- Runs f, which reads what may be corrupt; when it raises, that is a finding.
-- Returns what f returns, or nil.
local function audit_try(a, what, id, f, ...)
    local ok, result = pcall(f, ...)
    if ok then
        return result
    end
    audit_found(a, what, id, '', '', '', audit_message(result))
    return nil
end

local function audit_equal(a, what, id, field, expected, found, detail)
    if audit_text(expected) ~= audit_text(found) then
        audit_found(a, what, id, field, expected, found, detail)
    end
end

-- fields of a hash as a table
local function audit_hash(key)
    return fields_of(redis.call('HGETALL', key))
end

local function audit_set(a, ...)
    redis.call('HSET', a.key, ...)
end

local function audit_drop(a)
    for _, name in ipairs(AUDIT_TEMPORARY) do
        redis.call('UNLINK', audit_key(a, name))
    end
end
