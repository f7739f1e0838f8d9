-- A portal's mixture, bad input among it: who asks, and for what, is drawn by
-- lot.  Tells on the way how many were answered, and at the end which statuses
-- each kind was answered with.
--
--     wrk -t 1 -s soak.lua URL -- VOLUNTEERS DATE REQUESTS TELL SEED NAME
--
-- wrk does not say which request an answer belongs to: the server gives back
-- the header X-Sent, which has the kind and the status that is right.

local MOST_CODES = 1000

local volunteers, date, requests, tell, key
local answered, sent = 0, 0
local counts, codes = {}, {}

local ADMIN = {role = 'admin', user = 'root'}
local JSON = 'Content-Type: application/json\r\n'

local function asked(kind, status, method, path, as, more, body)
    local who = as and 'X-Role: ' .. as.role .. '\r\nX-User: ' .. as.user
                       .. '\r\n' or ''
    return method .. ' ' .. path .. ' HTTP/1.1\r\nHost: soak\r\n' .. who
           .. 'X-Sent: ' .. kind .. ' ' .. status .. '\r\n' .. (more or '')
           .. (body and 'Content-Length: ' .. #body .. '\r\n\r\n' .. body
               or '\r\n')
end

local function somebody()
    return {role = 'volunteer', user = 'v' .. math.random(volunteers)}
end

local function new_key()
    sent = sent + 1
    return 'Idempotency-Key: ' .. key .. sent .. '\r\n'
end

local function me()
    return asked('me', 200, 'GET', '/points/me', somebody())
end

local function offers()
    return asked('offers', 200, 'GET', '/points/offers?limit=20', somebody())
end

local function ledger()
    local who = somebody()
    return asked('ledger', 200, 'GET', '/points/volunteers/' .. who.user
                 .. '/ledger?limit=20', who)
end

local function page()
    return asked('page', 200, 'GET', '/page/', somebody())
end

local function redemption()
    return asked('redemption', 201, 'POST',
                 '/points/offers/gift/redemptions', somebody(),
                 JSON .. new_key(), '{}')
end

local function hours()
    return asked('hours', 201, 'POST', '/points/volunteers/'
                 .. somebody().user .. '/hours', ADMIN, JSON .. new_key(),
                 '{"minutes":1,"on":"' .. date .. '"}')
end

local function cancellation()
    local v = table.remove(codes)
    if not v then
        return redemption()
    end
    return asked('cancellation', 200, 'POST', '/points/vouchers/' .. v.code
                 .. '/cancel', {role = 'volunteer', user = v.volunteer},
                 JSON .. new_key(), '{}')
end

-- status, method, path, who, keyed, body
local bad = {
    {404, 'GET', '/points/nothing', somebody},
    {404, 'GET', '/points/volunteers/nobody', ADMIN},
    {401, 'GET', '/points/me'},
    {403, 'GET', '/points/volunteers/other', somebody},
    {405, 'DELETE', '/points/me', somebody},
    {422, 'GET', '/points/offers?limit=none', somebody},
    {400, 'POST', '/points/offers/gift/redemptions', somebody, false, '{}'},
    {400, 'POST', '/points/offers/gift/redemptions', somebody, true, '{"a":'},
    {422, 'POST', '/points/offers/gift/redemptions', somebody, true,
     '{"a":1}'},
    {415, 'POST', '/points/offers/gift/redemptions', somebody, true, 'x',
     'Content-Type: text/plain\r\n'},
    {422, 'POST', '/points/volunteers/v1/hours', ADMIN, true,
     '{"minutes":1441,"on":"2026-02-30"}'},
    {404, 'POST', '/points/vouchers/AAAA-AAAA-AAAA-AAAA/cancel', ADMIN, true,
     '{}'},
    {409, 'POST', '/points/offers/dear/redemptions', somebody, true, '{}'},
    {413, 'POST', '/points/volunteers/v1/hours', ADMIN, true,
     '{"note":"' .. ('x'):rep(70000) .. '"}'}
}

local function bad_input()
    local i = math.random(#bad)
    local status, method, path, who, keyed, body, kind = unpack(bad[i], 1, 7)
    if type(who) == 'function' then
        who = who()
    end
    return asked('bad' .. i, status, method, path, who,
                 (body and (kind or JSON) or '') .. (keyed and new_key() or ''),
                 body)
end

-- how many of a hundred
local of_hundred = {}
for _, kind in ipairs{{me, 36}, {offers, 18}, {ledger, 14}, {page, 6},
                      {redemption, 12}, {cancellation, 5}, {hours, 4},
                      {bad_input, 5}} do
    for _ = 1, kind[2] do
        of_hundred[#of_hundred + 1] = kind[1]
    end
end

function init(args)
    volunteers, date = tonumber(args[1]), args[2]
    requests, tell = tonumber(args[3]), tonumber(args[4])
    math.randomseed(tonumber(args[5]))
    key = args[6] .. '-'
end

function request()
    return of_hundred[math.random(#of_hundred)]()
end

local function told()
    local list = {}
    for what, n in pairs(counts) do
        list[#list + 1] = string.format('"%s":%d', what, n)
    end
    return '{' .. table.concat(list, ',') .. '}'
end

function response(status, headers, body)
    local what = (headers['X-Sent'] or 'none 0') .. ' ' .. status
    counts[what] = (counts[what] or 0) + 1

    if status == 201 and #codes < MOST_CODES then
        local code, volunteer = body:match('"code":"([^"]+)".-"volunteer":"'
                                           .. '([^"]+)"')
        if code then
            codes[#codes + 1] = {code = code, volunteer = volunteer}
        end
    end

    answered = answered + 1
    if answered % tell == 0 then
        io.write('answered ', answered, '\n')
        io.flush()
    end
    if answered == requests then
        wrk.thread:stop()
        io.write('counts ', told(), '\n')
        io.flush()
    end
end

function done(summary)
    local e = summary.errors
    io.write('broken ', e.connect + e.read + e.write + e.timeout, '\n')
end
