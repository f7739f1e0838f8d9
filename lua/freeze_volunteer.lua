-- POST /volunteers/{volunteer}/freeze: the account can't spend any more.
-- KEYS   account record bucket
-- ARGV   volunteer reason, user role scope fingerprint
-- shared window, version utc_offset points_per_hour stars obligations
-- reply  200, the account; nothing is done to one that is frozen already
-- or     not-found erased idempotency-key-reused

--include freeze

return set_frozen('freeze', 1)
