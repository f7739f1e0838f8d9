-- POST /activities/{activity}/shares/{volunteer}/hide: nobody sees it any more
-- but its organizers and who told it.
-- KEYS   activity
-- ARGV   prefix activity volunteer, role scope
-- reply  200, the share
-- or     not-found(activity, volunteer) forbidden

--include share

return share_set_hidden(true, arguments())
