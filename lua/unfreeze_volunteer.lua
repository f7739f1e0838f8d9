-- POST /volunteers/{volunteer}/unfreeze: the account can spend again.
-- KEYS   account record bucket
-- ARGV   volunteer reason, user role scope fingerprint
-- shared window, version utc_offset points_per_hour stars obligations
-- reply  200, the account; nothing is done to one that is not frozen
-- or     not-found erased idempotency-key-reused

--include freeze

return set_frozen('unfreeze', 0)
