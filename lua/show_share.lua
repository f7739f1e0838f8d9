-- POST /activities/{activity}/shares/{volunteer}/show: what was hidden is
-- seen by everybody again.
-- KEYS   activity
-- ARGV   prefix activity volunteer, role scope
-- reply  200, the share
-- or     not-found(activity, volunteer) forbidden

--include share

return share_set_hidden(false, arguments())
