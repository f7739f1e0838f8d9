'use strict';

// Checks what the suites asked and were answered against the OpenAPI document:
// check.js DOCUMENT RECORDS...

const fs = require('node:fs');
const path = require('node:path');
const Ajv = require('ajv/dist/2020');

const TOLD = 50;                // violations that are printed

const document = JSON.parse(fs.readFileSync(process.argv[2]));
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema(strict(document), 'document');

const operations = readOperations();
const seen = new Map();         // operation -> the statuses of its answers
const violations = new Map();   // text -> how often
let exchanges = 0;

for (const file of process.argv.slice(3)) {
    for (const line of fs.readFileSync(file, 'latin1').split('\n')) {
        if (line) {
            check(JSON.parse(line));
        }
    }
}

report();


// A member of an answer that the document does not know is an error here, if
// not to a client.

function strict(document) {
    const copy = structuredClone(document);

    (function close(schema) {
        if (schema === null || typeof schema !== 'object') {
            return;
        }

        if (schema.type === 'object' && schema.properties
            && schema.additionalProperties === undefined)
        {
            schema.additionalProperties = false;
        }

        Object.values(schema).forEach(close);
    })(copy.components.schemas);

    return copy;
}


function pointer(...words) {
    return words.map((word) => '/' + encodeURIComponent(
        String(word).replace(/~/g, '~0').replace(/\//g, '~1'))).join('');
}


// A validator of what stands at a place of the document.

function validator(place) {
    const ref = 'document#' + place;

    return ajv.getSchema(ref) || ajv.compile({ $ref: ref });
}


function at(value) {
    if (value.$ref === undefined) {
        return value;
    }

    return at(value.$ref.slice(2).split('/').reduce((v, k) => v[k], document));
}


// In the order of the document, which is that in which they are looked for.

function readOperations() {
    const all = [];

    for (const [pattern, item] of Object.entries(document.paths)) {
        const names = [];
        const text = pattern.replace(/[.]/g, '\\.')
            .replace(/\{(\w+)\}/g, (_, name) => {
                names.push(name);
                return '([^/]+)';
            });

        for (const [method, operation] of Object.entries(item)) {
            all.push({ method: method.toUpperCase(), pattern, names, operation,
                       match: new RegExp(`^${text}$`),
                       place: pointer('paths', pattern, method) });
        }
    }

    return all;
}


function check(exchange) {
    const [target, query] = exchange.target.split(/\?(.*)/s);
    const where = normal(unescape(target));
    const method = exchange.method === 'HEAD' ? 'GET' : exchange.method;
    const ok = exchange.status >= 200 && exchange.status < 300;
    const operation = where !== undefined
        && operations.find((o) => o.method === method && o.match.test(where));

    exchanges++;

    const violated = (what) => {
        const text = `${exchange.suite}: ${exchange.method} `
            + `${operation ? operation.pattern : target} `
            + `${exchange.status}: ${what}`;
        violations.set(text, (violations.get(text) || 0) + 1);
    };

    // what nginx refuses before it knows the location

    if (!ok && /^text\/html/.test(exchange.answered['content-type'])) {
        if (exchange.status !== 400 && exchange.status !== 414) {
            violated('is a page of nginx');
        }
        return;
    }

    if (!operation) {
        if (ok && exchange.method !== 'OPTIONS') {
            violated('the document knows no such operation');
        }
        return;
    }

    const id = operation.operation.operationId;
    seen.set(id, (seen.get(id) || new Set()).add(exchange.status));

    if (ok) {
        const fault = request(operation, where, query || '', exchange);

        if (fault) {
            violated(`the document forbids it: ${fault}`);
        }
    }

    const fault = response(operation, exchange);

    if (fault) {
        violated(fault);
    }
}


function unescape(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return undefined;
    }
}


// As nginx merges slashes and takes out dots.

function normal(where) {
    return where && path.posix.normalize(where);
}


function errors(validate) {
    return validate.errors.map((e) => `${e.instancePath || 'it'} ${e.message} `
        + JSON.stringify(e.params)).join(', ');
}


// What is wrong with a request, or undefined.

function request(operation, where, query, exchange) {
    const given = { path: {}, query: {}, header: {} };

    operation.match.exec(where).slice(1).forEach((value, i) => {
        given.path[operation.names[i]] = value;
    });

    for (const pair of query.split('&').filter((p) => p && p !== '=')) {
        const [name, value] = pair.split(/=(.*)/s).map(unescape);

        if (name in given.query) {
            return `${name} is given twice`;
        }

        given.query[name] = value === undefined ? '' : value;
    }

    const keys = exchange.headers['idempotency-key'] || [];

    if (keys.length > 1) {
        return 'Idempotency-Key is given twice';
    }

    if (keys.length && keys[0] !== '') {
        given.header['Idempotency-Key'] = keys[0];
    }

    return parameters(operation, given)
        || (operation.method !== 'GET' && body(operation, exchange));
}


function parameters(operation, given) {
    const all = operation.operation.parameters || [];

    for (const name of Object.keys(given.query)) {
        if (!all.some((p) => p.in === 'query' && p.name === name)) {
            return `query "${name}"`;
        }
    }

    for (const [i, parameter] of all.entries()) {
        const text = given[parameter.in][parameter.name];

        if (text === undefined) {
            if (parameter.required) {
                return `no "${parameter.name}"`;
            }
            continue;
        }

        const type = at(parameter.schema).type;
        let value = text;

        if (type === 'integer' && /^-?[0-9]+$/.test(text)) {
            value = Number(text);
        } else if (type === 'boolean' && /^(true|false)$/.test(text)) {
            value = text === 'true';
        }

        const validate = validator(operation.place
                                   + pointer('parameters', i, 'schema'));

        if (!validate(value)) {
            return `"${parameter.name}": ${errors(validate)}`;
        }
    }
}


function body(operation, exchange) {
    const { content, required } = operation.operation.requestBody;

    if (exchange.body === '') {
        return required ? 'no body' : undefined;
    }

    const type = ((exchange.headers['content-type'] || [''])[0])
        .split(';')[0].trim().toLowerCase();

    if (!content[type]) {
        return `a body of type "${type}"`;
    }

    if (exchange.body === null) {
        return;
    }

    if (content[type]['x-line']) {
        return done(operation.place + pointer('requestBody', 'content', type),
                    exchange);
    }

    const value = json(exchange.body);

    if (value === undefined) {
        return 'a body that is no JSON';
    }

    const validate = validator(operation.place + pointer(
        'requestBody', 'content', 'application/json', 'schema'));

    if (!validate(value)) {
        return errors(validate);
    }
}


// The lines of an import of which none failed.

function done(place, exchange) {
    const result = json((exchange.answer || '').split('\n').at(-2) || '');

    if (!result || !result.result || !result.result.complete
        || result.result.failed)
    {
        return;
    }

    const validate = validator(place + pointer('x-line'));
    const text = exchange.body.replace(/^\xef\xbb\xbf/, '');

    for (const line of text.split('\n').filter((l) => /[^ \t\r]/.test(l))) {
        const value = json(line);

        if (!(value && value.end) && !validate(value)) {
            return `a line ${line.slice(0, 200)}: ${errors(validate)}`;
        }
    }
}


function json(bytes) {
    try {
        return JSON.parse(Buffer.from(bytes, 'latin1').toString('utf8'));
    } catch {
        return undefined;
    }
}


// What is wrong with a response, or undefined.

function response(operation, exchange) {
    const { responses } = operation.operation;
    const key = responses[exchange.status] ? String(exchange.status)
                                           : 'default';
    const told = at(responses[key]);
    const replayed = exchange.answered['idempotent-replayed'];

    if (key === 'default' && exchange.status < 400) {
        return 'the document knows no such status';
    }

    if (replayed !== undefined
        && (replayed !== 'true'
            || !(told.headers && told.headers['Idempotent-Replayed'])))
    {
        return `Idempotent-Replayed: ${replayed}`;
    }

    if (exchange.method === 'HEAD' || exchange.answer === null
        || !told.content || exchange.answered['content-encoding'])
    {
        return;
    }

    const type = (exchange.answered['content-type'] || '').split(';')[0];

    if (!told.content[type]) {
        return `an answer of type "${type}"`;
    }

    const base = responses[key].$ref
        ? responses[key].$ref.slice(1).split('/').slice(1)
        : null;
    const place = (base ? pointer(...base)
                        : operation.place + pointer('responses', key))
        + pointer('content', type);

    if (told.content[type]['x-line']) {
        return lines(place, exchange.answer);
    }

    if (!/json$/.test(type)) {
        return;
    }

    const value = json(exchange.answer);
    const validate = validator(place + pointer('schema'));

    if (value === undefined) {
        return 'an answer that is no JSON';
    }

    if (!validate(value)) {
        return errors(validate);
    }
}


// One that was cut off has no newline.

function lines(place, answer) {
    const validate = validator(place + pointer('x-line'));

    for (const line of answer.split('\n').slice(0, -1)) {
        const value = json(line);

        if (value === undefined) {
            return `a line that is no JSON: ${line}`;
        }

        if (!validate(value)) {
            return `a line ${line.slice(0, 200)}: ${errors(validate)}`;
        }
    }
}


function report() {
    const ids = operations.map((o) => o.operation.operationId);
    const unasked = ids.filter(
        (id) => ![...(seen.get(id) || [])].some((s) => s < 300));

    for (const [text, n] of [...violations].sort().slice(0, TOLD)) {
        console.log(`${n > 1 ? `${n} times: ` : ''}${text}`);
    }

    if (violations.size > TOLD) {
        console.log(`and ${violations.size - TOLD} more`);
    }

    console.log(`${exchanges} requests, ${ids.length - unasked.length} of `
        + `${ids.length} operations done, ${violations.size} violations`);

    if (unasked.length) {
        console.log(`not done: ${unasked.join(' ')}`);
    }

    process.exit(violations.size || unasked.length ? 1 : 0);
}
