-- A redemption in nginx's Lua module: what the module does with C and its own
-- connection, done with ngx_lua, its Redis driver and cjson.

local bit = require 'bit'
local cjson = require 'cjson.safe'
local ffi = require 'ffi'
local redis = require 'nginx.redis'

local ID = [[\A[A-Za-z0-9._-]{1,64}\z]]
local KEY = [[\A[\x21-\x7e]{1,128}\z]]
local JSON = [[\Aapplication/json\s*(?:;|\z)]]

local STATUS = {
    ['not-found'] = 404,
    ['idempotency-key-reused'] = 422
}

local _M = {}

-- redis, script (a path), district, rules, utc_offset, stars, valid_days
local settings, script, sha, prefix

function _M.configure(s)
    settings = s
    prefix = 'vol:{' .. s.district .. '}:'
    local file = assert(io.open(s.script))
    script = file:read('*a')
    file:close()
    sha = ngx.sha1_bin(script):gsub('.', function(c)
        return string.format('%02x', c:byte())
    end)
end

ffi.cdef [[int RAND_bytes(unsigned char *buffer, int size);]]

local CODE_LEN = 17
local symbols = ffi.new('const char[33]', '0123456789ABCDEFGHJKMNPQRSTVWXYZ')
local random = ffi.new('unsigned char[?]', CODE_LEN)
local drawn = ffi.new('char[?]', CODE_LEN)

local function code_new()
    if ffi.C.RAND_bytes(random, CODE_LEN) ~= 1 then
        return nil
    end
    for i = 0, CODE_LEN - 1 do
        drawn[i] = symbols[bit.band(random[i], 31)]
    end
    return ffi.string(drawn, CODE_LEN)
end

local function code_show(code)
    return code:sub(1, 6) .. '-' .. code:sub(7, 12) .. '-' .. code:sub(13)
end

local function time_show(time)
    return os.date('!%Y-%m-%dT%H:%M:%S+08:00', time + settings.utc_offset)
end

local function send(status, type, value)
    local body = cjson.encode(value) .. '\n'
    ngx.status = status
    local header = ngx.header
    header['Content-Type'] = type
    header['Content-Length'] = #body
    header['Cache-Control'] = 'no-store'
    ngx.print(body)
end

local function problem(status, name, field)
    send(status, 'application/problem+json', {
        type = 'urn:ngx-vol:' .. name, title = name, status = status,
        field = field
    })
end

-- the body's object, or nil and the status and name of the problem
local function body_read()
    ngx.req.read_body()
    local bytes = ngx.req.get_body_data()
    if not bytes then
        return {}
    end
    if not ngx.re.find(ngx.var.content_type or '', JSON, 'joi') then
        return nil, 415, 'unsupported-media-type'
    end
    local body = cjson.decode(bytes)
    if type(body) ~= 'table' or not bytes:find('^%s*{') then
        return nil, 400, 'malformed-json'
    end
    return body
end

-- whose points are spent, or nil and the status and name of the problem
local function volunteer_of(user, role, body)
    local volunteer = body.volunteer
    if role == 'volunteer' then
        if volunteer ~= nil and volunteer ~= user then
            return nil, 403, 'forbidden'
        end
        return user
    end
    if role ~= 'admin' then
        return nil, 403, 'forbidden'
    end
    if type(volunteer) ~= 'string' or not ngx.re.find(volunteer, ID, 'jo') then
        return nil, 422, 'invalid-field'
    end
    return volunteer
end

-- the script's reply, or nil; a connection is given back when it is in order
local function run(...)
    local store = redis:new()
    store:set_timeout(1000)
    if not store:connect(settings.redis) then
        return nil
    end
    local reply, err = store:evalsha(sha, 8, ...)
    if not reply and err and err:find('^NOSCRIPT') then
        reply = store:eval(script, 8, ...)
    end
    if not reply then
        store:close()
        return nil
    end
    store:set_keepalive(60000, 64)
    return reply
end

local function redeem(offer, volunteer, user, role, key, fingerprint)
    local code = code_new()
    return code and run(
        prefix .. 'v:' .. volunteer, prefix .. 'o:' .. offer,
        prefix .. 'p:' .. offer, prefix .. 'x:' .. code,
        prefix .. 'i:' .. user .. ':' .. key, prefix .. 'l:' .. volunteer,
        prefix .. 'ledger', prefix .. 'books',
        volunteer, offer, code, user, role, '', fingerprint,
        settings.rules, settings.utc_offset, settings.stars,
        settings.valid_days)
end

local function answer(reply)
    local outcome = reply[1]
    if outcome ~= 'issued' and outcome ~= 'replayed' then
        return problem(STATUS[outcome] or 409, outcome, reply[2])
    end
    if outcome == 'replayed' then
        ngx.header['Idempotent-Replayed'] = 'true'
    end
    send(201, 'application/json', {
        code = code_show(reply[2]), offer = reply[3], merchant = reply[4],
        volunteer = reply[5], price = reply[6], state = 'issued',
        issued = time_show(reply[7]), expires = time_show(reply[8]),
        balance = reply[9]
    })
end

function _M.post()
    local var = ngx.var
    if ngx.req.get_method() ~= 'POST' then
        ngx.header['Allow'] = 'POST'
        return problem(405, 'method-not-allowed')
    end
    local user, role, key = var.http_x_user, var.http_x_role,
                            var.http_idempotency_key
    if not user or not ngx.re.find(user, ID, 'jo') then
        return problem(401, 'no-identity')
    end
    if not key or not ngx.re.find(key, KEY, 'jo') then
        return problem(400, 'idempotency-key-required')
    end

    local body, status, name = body_read()
    if not body then
        return problem(status, name)
    end
    local offer = var.offer
    local volunteer
    volunteer, status, name = volunteer_of(user, role, body)
    if not volunteer then
        return problem(status, name)
    end

    local fingerprint = ngx.encode_base64(ngx.sha1_bin(
        role .. '\n' .. offer .. '\n' .. volunteer))
    local reply = redeem(offer, volunteer, user, role, key, fingerprint)
    if not reply then
        return problem(503, 'store-unavailable')
    end
    answer(reply)
end

return _M
