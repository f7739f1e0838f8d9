// A redemption as a Fastify service: what the module does inside nginx, done in
// Node behind nginx.
//
//     node server.js SETTINGS     a file of JSON: listen, redis (sockets),
//                                 script (a path), district, rules, utc_offset,
//                                 stars, valid_days

'use strict'

const { createHash, randomFillSync } = require('node:crypto')
const { readFileSync } = require('node:fs')
const Redis = require('ioredis')

const settings = JSON.parse(readFileSync(process.argv[2]))
const prefix = `vol:{${settings.district}}:`

const app = require('fastify')({
  logger: false,
  ajv: { customOptions: { coerceTypes: false, removeAdditional: false } }
})

const store = new Redis({ path: settings.redis, enableAutoPipelining: true })
store.defineCommand('redeem', {
  numberOfKeys: 8,
  lua: readFileSync(settings.script, 'utf8')
})

const STATUS = { 'not-found': 404, 'idempotency-key-reused': 422 }
const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_LEN = 17

const ID = '^[A-Za-z0-9._-]{1,64}$'

const schema = {
  params: {
    type: 'object',
    properties: { offer: { type: 'string', pattern: ID } }
  },
  body: {
    type: 'object',
    properties: { volunteer: { type: 'string', pattern: ID } },
    additionalProperties: false
  },
  response: {
    201: {
      type: 'object',
      properties: {
        code: { type: 'string' },
        offer: { type: 'string' },
        merchant: { type: 'string' },
        volunteer: { type: 'string' },
        price: { type: 'integer' },
        state: { type: 'string' },
        issued: { type: 'string' },
        expires: { type: 'string' },
        balance: { type: 'integer' }
      }
    }
  }
}

const IS_ID = new RegExp(ID)
const IS_KEY = /^[\x21-\x7e]{1,128}$/

// random bytes are cheap by the page, and each is used once
const pool = Buffer.alloc(CODE_LEN * 256)
let used = pool.length

function newCode () {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  let code = ''
  for (const end = used + CODE_LEN; used < end; used++) {
    code += SYMBOLS[pool[used] & 31]
  }
  return code
}

function showCode (code) {
  return `${code.slice(0, 6)}-${code.slice(6, 12)}-${code.slice(12)}`
}

function showTime (time) {
  const local = new Date((time + settings.utc_offset) * 1000)
  return local.toISOString().slice(0, 19) + '+08:00'
}

function problem (reply, status, name, field) {
  return reply.code(status).type('application/problem+json')
    .send(JSON.stringify({ type: `urn:ngx-vol:${name}`, title: name, status, field }))
}

app.setErrorHandler((error, request, reply) => {
  if (error.validation) {
    return problem(reply, 422, 'invalid-field', error.validation[0].instancePath)
  }
  if (error.statusCode < 500) {
    return problem(reply, error.statusCode, 'malformed-json')
  }
  return problem(reply, 503, 'store-unavailable')
})

app.post('/points/offers/:offer/redemptions', { schema }, async (request, reply) => {
  const { 'x-user': user, 'x-role': role, 'idempotency-key': key } = request.headers
  const { offer } = request.params
  let volunteer = request.body.volunteer

  if (user === undefined || !IS_ID.test(user)) {
    return problem(reply, 401, 'no-identity')
  }
  if (key === undefined || !IS_KEY.test(key)) {
    return problem(reply, 400, 'idempotency-key-required')
  }
  if (role === 'volunteer') {
    if (volunteer !== undefined && volunteer !== user) {
      return problem(reply, 403, 'forbidden')
    }
    volunteer = user
  } else if (role !== 'admin') {
    return problem(reply, 403, 'forbidden')
  } else if (volunteer === undefined) {
    return problem(reply, 422, 'invalid-field', 'volunteer')
  }

  const code = newCode()
  const fingerprint = createHash('sha1')
    .update(`${role}\n${offer}\n${volunteer}`).digest('base64')

  const v = await store.redeem(
    prefix + 'v:' + volunteer, prefix + 'o:' + offer,
    prefix + 'p:' + offer, prefix + 'x:' + code,
    prefix + 'i:' + user + ':' + key, prefix + 'l:' + volunteer,
    prefix + 'ledger', prefix + 'books',
    volunteer, offer, code, user, role, '', fingerprint,
    settings.rules, settings.utc_offset, settings.stars, settings.valid_days)

  if (v[0] === 'replayed') {
    reply.header('Idempotent-Replayed', 'true')
  } else if (v[0] !== 'issued') {
    return problem(reply, STATUS[v[0]] || 409, v[0], v[1])
  }

  reply.code(201).header('Cache-Control', 'no-store')
  return {
    code: showCode(v[1]),
    offer: v[2],
    merchant: v[3],
    volunteer: v[4],
    price: v[5],
    state: 'issued',
    issued: showTime(v[6]),
    expires: showTime(v[7]),
    balance: v[8]
  }
})

app.listen({ path: settings.listen })
