-- GET /volunteers/{volunteer}/data: the vouchers that are still kept, newest
-- first.
-- KEYS   account
-- ARGV   prefix volunteer after role
-- shared utc_offset points_per_hour stars obligations
-- reply  200, the vouchers, where the next page begins, more
-- or     not-found erased

--include data
--include voucher_text

return data_of_history(function(prefix, e)
    if e.type ~= 'redemption' then
        return nil
    end
    local v = voucher_read(prefix .. 'x:' .. e.voucher)
    if not v then
        return nil
    end
    local ended = v.state == 'issued' and now() >= v.expires
    return {e.voucher, v.offer, v.merchant, v.volunteer, v.price,
            ended and 'expired' or v.state, v.issued, v.expires}
end)
