'use strict';

// All that comes from the API is shown as text (textContent), never as HTML.

const $ = (selector, from = document) => from.querySelector(selector);
const {role, user} = document.body.dataset;

function make(tag, set = {}, ...children) {
    const node = Object.assign(document.createElement(tag), set);
    node.append(...children.filter(Boolean));
    return node;
}

const english = text => make('small', {lang: 'en', textContent: text});

// crypto.randomUUID is there on https: and on this machine alone
function newKey() {
    if (crypto.randomUUID) return crypto.randomUUID();
    return Array.from(crypto.getRandomValues(new Uint8Array(16)),
                      byte => byte.toString(16).padStart(2, '0')).join('');
}

const PROBLEMS = {
    'insufficient-points': '积分不足', 'out-of-stock': '已兑完',
    'limit-reached': '已达上限', 'stars-too-low': '星级不够',
    'not-started': '尚未开始', 'ended': '已经结束', 'frozen': '账户已冻结',
    'voucher-used': '此码已使用', 'voucher-cancelled': '此码已撤销',
    'voucher-expired': '此码已过期', 'not-found': '没有找到',
    'forbidden': '无权办理', 'no-identity': '请先登录',
    'invalid-field': '填写有误', 'store-unavailable': '系统暂不可用，请稍后再试',
    'outcome-unknown': '结果未知，请再点一次，不会重复扣分'
};

async function api(path, body, key) {
    const set = {headers: {}};
    if (body) {
        set.method = 'POST';
        set.body = JSON.stringify(body);
        set.headers['Content-Type'] = 'application/json';
    }
    if (key) set.headers['Idempotency-Key'] = key;

    let response, answer;
    try {
        response = await fetch('/points/' + path, set);
        answer = await response.json();
    } catch (error) {
        answer = {type: 'urn:ngx-vol:outcome-unknown', title: String(error)};
    }
    if (response && response.ok) return answer;

    const type = (answer.type || '').replace('urn:ngx-vol:', '');
    throw Object.assign(new Error(answer.title), {
        type, text: PROBLEMS[type] || '没有办成',
        detail: [answer.title, answer.field, answer.detail].filter(Boolean).join(': ')
    });
}

// Runs what a button asks for; a key stays until its outcome is known, so that
// a second click repeats the same write.
async function act(button, answer, write) {
    button.disabled = true;
    button.key ||= newKey();
    try {
        const node = await write(button.key);
        if (node) answer.replaceChildren(node);
        button.key = '';
    } catch (error) {
        if (!error.type) throw error;
        if (error.type !== 'outcome-unknown') button.key = '';
        answer.replaceChildren(make('p', {className: 'bad', role: 'alert'},
                                    error.text, ' ', english(error.detail)));
    }
    button.disabled = false;
    answer.scrollIntoView({block: 'nearest'});
}

// the figures are nginx's: take them from this page, asked for again
async function freshPoints() {
    const html = await (await fetch(location.href)).text();
    const bar = $('.points', new DOMParser().parseFromString(html, 'text/html'));
    if (bar) $('.points')?.replaceWith(bar);
}

const when = time => time.slice(0, 16).replace('T', ' ');

const STATES = {issued: ['可使用', 'issued'], used: ['已使用', 'used'],
                cancelled: ['已撤销', 'cancelled'], expired: ['已过期', 'expired']};

function voucherCard(voucher, title, answer) {
    const [state, inEnglish] = STATES[voucher.state];
    const card = make('div', {className: 'voucher ' + voucher.state},
        make('p', {className: 'code', textContent: voucher.code}),
        make('p', {}, `${title || voucher.offer} · ${voucher.price} 分 · ${state} `,
             english(`${voucher.offer}, ${voucher.price} points, ${inEnglish}, until ${when(voucher.expires)}`)));

    const may = {merchant: ['use', '确认使用', 'Use it'],
                 volunteer: ['cancel', '撤销并退回积分', 'Cancel, points come back']}[role];
    if (may && voucher.state === 'issued') {
        const [verb, label, labelInEnglish] = may;
        const button = make('button', {className: role === 'merchant' ? 'main' : ''},
                            label + ' ', english(labelInEnglish));
        button.onclick = () => act(button, answer, async key => {
            const ended = await api(`vouchers/${voucher.code}/${verb}`, {}, key);
            freshPoints();
            return voucherCard(ended, title, answer);
        });
        card.append(button);
    }
    return card;
}

const TYPES = {hours: ['服务时长', 'hours'], award: ['案例加分', 'award'],
               redemption: ['兑换', 'redemption'], use: ['使用', 'use'],
               cancellation: ['撤销退回', 'cancellation'],
               expiry: ['过期退回', 'expiry'], reversal: ['冲正', 'reversal']};

function entryRow(entry) {
    const [type, inEnglish] = TYPES[entry.type] || [entry.type, ''];
    const about = [entry.on, entry.ref, entry.minutes && `${entry.minutes} 分钟`,
                   entry.evidence, entry.note].filter(Boolean).join(' · ');
    return make('li', {},
        make('span', {}, type + ' ', english(inEnglish)),
        make('b', {textContent: (entry.points > 0 ? '+' : '') + entry.points}),
        make('small', {textContent: about}),
        make('small', {textContent: `余额 ${entry.balance}`}));
}

// a list that pages: path has its "?" already
async function page(list, more, answer, path, rows, row) {
    await act(more, answer, async () => {
        const got = await api(path + (more.next ? '&after=' + encodeURIComponent(more.next) : ''));
        list.append(...got[rows].map(row));
        more.next = got.next;
        more.hidden = !got.next;
    });
}

function showLedger(section, volunteer) {
    const list = make('ul', {className: 'entries'});
    const answer = make('div');
    const more = make('button', {hidden: true}, '更多 ', english('More'));
    more.onclick = () => page(list, more, answer, `volunteers/${volunteer}/ledger?limit=10`,
                              'entries', entryRow);
    section.append(list, answer, more);
    return more.onclick();
}

const PAGES = {
    ledger: section => role === 'volunteer' && showLedger(section, user),

    shop() {
        const answer = $('#answer'), list = $('#offers'), more = $('#more');
        const affordable = $('#affordable');
        if (role !== 'volunteer') affordable.closest('p').hidden = true;

        function offerCard(offer) {
            const title = make('h2', {textContent: offer.title});
            const stars = offer.min_stars ? `${offer.min_stars} 星起 · ` : '';
            const price = offer.price ? `${offer.price} 分` : '免费';
            const card = make('li', {}, title,
                make('p', {}, `${stars}${price} · 剩 ${offer.stock} `,
                     english(`${offer.price} points, ${offer.stock} left`
                             + (offer.per_person ? `, ${offer.per_person} each` : ''))));
            if (role !== 'volunteer') return card;

            const button = make('button', {className: 'main', disabled: !offer.stock},
                                offer.stock ? '兑换 ' : '已兑完 ',
                                english(offer.stock ? 'Redeem' : 'Sold out'));
            button.onclick = () => {
                if (!confirm(`用 ${price} 兑换“${offer.title}”？`)) return;
                act(button, answer, async key => {
                    const voucher = await api(`offers/${offer.id}/redemptions`, {}, key);
                    freshPoints();
                    affordable.onchange();
                    return voucherCard(voucher, offer.title, answer);
                });
            };
            card.append(button);
            return card;
        }

        more.onclick = () => page(list, more, answer, 'offers?limit=20'
                                  + (affordable.checked ? '&affordable=true' : ''),
                                  'offers', offerCard);
        affordable.onchange = () => {
            list.replaceChildren();
            more.next = '';
            more.onclick();
        };
        more.onclick();
    },

    counter() {
        const answer = $('#answer'), form = $('#look');
        form.onsubmit = event => {
            event.preventDefault();
            act($('button', form), answer, async () => voucherCard(
                await api('vouchers/' + encodeURIComponent($('#code').value.trim())), '', answer));
        };
    },

    desk() {
        const answer = $('#answer'), entries = $('#entries');
        const volunteer = () => encodeURIComponent($('#volunteer').value);

        async function look() {
            const a = await api('volunteers/' + volunteer());
            entries.replaceChildren(make('h2', {}, '明细 ', english('Ledger')));
            showLedger(entries, volunteer());
            return make('p', {className: 'note'},
                `${a.id}：余额 ${a.balance}，累计 ${a.earned}，${a.stars} 星，今年 ${a.year.earned}，尚欠 ${a.year.owed} `,
                english(`${a.kind}: balance ${a.balance}, earned ${a.earned}, ${a.stars} stars, this year ${a.year.earned}, owes ${a.year.owed}`));
        }

        function onSubmit(form, what) {
            if (form) form.onsubmit = event => {
                event.preventDefault();
                act($('button', form), answer, what);
            };
        }

        function post(what) {
            const form = $('#' + what);
            onSubmit(form, async key => {
                const body = Object.fromEntries(new FormData(form));
                for (const name of ['minutes', 'points']) {
                    if (name in body) body[name] = Number(body[name]);
                }
                await api(`volunteers/${volunteer()}/${what}`, body, key);
                return look();
            });
        }

        onSubmit($('#look'), look);
        post('hours');
        post('awards');
        const on = $('[name=on]');
        if (on) on.value = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10);
    }
};

for (const link of document.querySelectorAll('nav a')) {
    if (link.pathname === location.pathname) link.ariaCurrent = 'page';
}
for (const section of document.querySelectorAll('[data-page]')) {
    PAGES[section.dataset.page](section);
}
