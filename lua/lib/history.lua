--include account
--include answering
--include chain

-- The history of an account, from its newest entry or from where a page before
-- left off: the heads of its chains, with commas between.  Nil when these are
-- none of it, for whoever asks may have put any entry's id there.
local function history_open(a, after)
    local history = chain_new(a.prefix)
    if after == '' then
        if a.last ~= '' then
            chain_add(history, linked(a.last), a.id)
        end
        return history
    end
    for entry in (after .. ','):gmatch('([^,]*),') do
        local e = ledger_find(a.prefix, entry)
        if not e or answering(a.prefix, e.volunteer) ~= a.id then
            return nil
        end
        chain_add(history, entry, e.volunteer)
    end
    return history
end

-- what an entry of it refers to; '' for an account that was merged with it by
-- mistake, and is another person's again
local function history_ref(prefix, account, e)
    if (e.type == 'merge' or e.type == 'merged')
        and answering(prefix, e.ref) ~= account
    then
        return ''
    end
    return e.ref
end

-- an entry of it as a reply, with what the caller may see of what it refers to,
-- of who wrote it and of the voucher
local function history_values(e, ledger, ref, by, voucher)
    return {
        e.id, e.id, e.type, integer(e.points, nil, ledger, 'points'),
        integer(e.earned, nil, ledger, 'earned'),
        integer(e.balance, nil, ledger, 'balance'), ref, voucher,
        e.merchant, integer(e.on, nil, ledger, 'on'),
        e.minutes ~= '' and integer(e.minutes, nil, ledger, 'minutes'),
        e.expires ~= '' and integer(e.expires, nil, ledger, 'expires'),
        e.amount ~= '' and integer(e.amount, nil, ledger, 'amount'), by,
        e.role, e.scope, e.rules, e.note,
        e.type ~= 'merge' and e.type ~= 'merged' and e.evidence, e.proposal,
        e.org
    }
end
