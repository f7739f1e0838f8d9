-- GET /volunteers/{volunteer}/data: the entries of the ledger, newest first;
-- who wrote one is told by the role alone.
-- KEYS   account
-- ARGV   prefix volunteer after role
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the entries, where the next page begins, more
-- or     not-found erased

--include data

return data_of_history(function(prefix, e, ledger, ids)
    return history_values(e, ledger, history_ref(prefix, ids[1], e),
                          person_place(ids, e.by) and e.by or '', e.voucher)
end)
