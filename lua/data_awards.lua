-- GET /volunteers/{volunteer}/data: the awards that wait for approval.
-- KEYS   account
-- ARGV   prefix volunteer after role
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the awards, where the next page begins, more
-- or     not-found erased

--include data

return data_of_history(function(prefix, e, ledger)
    if e.type ~= 'proposal'
        or redis.call('HEXISTS', prefix .. 'decided', e.id) == 1
    then
        return nil
    end
    return {e.id, e.id, e.ref, natural(e.amount, nil, ledger, 'amount'),
            e.evidence, e.note}
end)
