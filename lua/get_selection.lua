-- GET /reports/selection: who may apply in a period, who has, and who is on the
-- list.  Until it is published only staff sees others than themself; then
-- everybody sees the list.
-- KEYS   selections account
-- ARGV   prefix period state limit after, user role
-- shared utc_offset stars selection
-- reply  200, title, the period's first and last year, stars, points, when
--        published or false, of a volunteer whether eligible and state, or
--        false, the volunteers, next or false
-- or     not-found forbidden erased invalid-field(period, state, after)

--include selection
--include board_page
--include erased

local PAGE = 20

local _, account_key = keys()
local prefix, period, state, limit, after, user, role = arguments()
local utc_offset, stars, rule = shared()

local today = today_at(utc_offset)
local s, refusal = selection_read(prefix, rule, stars, today, period)
if not s then
    return refusal
end
limit = tonumber(limit) or PAGE

local staff = role == 'admin' or role == 'auditor'
if state ~= '' and state ~= 'eligible' and state ~= 'applied'
    and state ~= 'shortlisted'
then
    return {'invalid-field', 'must be eligible, applied or shortlisted',
            'state'}
end
if not staff and state ~= '' and state ~= 'shortlisted' then
    return {'forbidden'}
end

local own, may = false, false
if role == 'volunteer' then
    local a = account_read(account_key, user, today)
    local _
    may = a and not selection_bars(s, a) and 1 or 0
    _, own = selection_of(s, user, a)
end

local page, next_page = {}, false

-- a page of those who may apply, by points; those not shown on leaderboards may
-- too, but for those who are frozen
local function page_eligible()
    local points, behind = after:match('^(%d+):([%w._-]+)$')
    if after ~= '' and (not points or #points > 13) then
        return false
    end
    local found = {}
    for _, board in ipairs({board_key(prefix, '', ''),
                            hidden_key(prefix, '')}) do
        for _, item in ipairs(board_page(board, math.max(s.points, 1),
                                         tonumber(points), behind,
                                         limit + 1)) do
            found[#found + 1] = item
        end
    end
    table.sort(found, function(a, b)
        return a[2] > b[2] or a[2] == b[2] and bytes_before(a[1], b[1])
    end)
    for i = 1, math.min(#found, limit) do
        local volunteer = found[i][1]
        if redis.call('HGET', prefix .. 'v:' .. volunteer, 'frozen') ~= '1' then
            page[#page + 1] = {volunteer,
                               selection_state(s, volunteer) or 'eligible',
                               found[i][2]}
        end
    end
    next_page = #found > limit
                and digits[found[limit][2]] .. ':' .. found[limit][1]
    return true
end

-- a page of those who applied, by state and id
local function page_applied()
    local head = state ~= '' and state .. ':' or ''
    if after:sub(1, #head) ~= head and after ~= ''
        or after ~= '' and not after:find('^%l+:[%w._-]+$')
    then
        return false
    end
    -- ";" comes behind ":"
    local found = redis.call('ZRANGEBYLEX', s.key,
                             after ~= '' and '(' .. after
                             or head ~= '' and '[' .. head or '-',
                             head ~= '' and '(' .. state .. ';' or '+',
                             'LIMIT', 0, limit + 1)
    for i = 1, math.min(#found, limit) do
        local of, volunteer = found[i]:match('^(%l+):(.+)$')
        local key = prefix .. 'v:' .. id(volunteer, s.key, found[i])
        if not is_erased(prefix, volunteer) then
            page[#page + 1] = {
                volunteer, of,
                staff and natural(redis.call('HGET', key, 'earned'), nil, key,
                                  'earned')
            }
        end
    end
    next_page = #found > limit and found[limit]
    return true
end

local paged = true
if state == 'eligible' then
    paged = page_eligible()
elseif staff or s.published then
    state = staff and state or 'shortlisted'
    paged = page_applied()
end
if not paged then
    return {'invalid-field', 'is not the next of a page', 'after'}
end

return {200, 0, s.title, s.period, s.last, s.stars, s.points, s.published, may,
        own, page, next_page}
