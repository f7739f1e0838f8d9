-- GET /export?what=activities, and what=registry: a page of activities, as they
-- are stored: emergencies first, then by start and id.
-- KEYS   al:open (it stands for the district, whose keys are in one slot)
-- ARGV   prefix after
-- reply  200, the activities, the last one's place, more
-- or     invalid-field(after)

--include export_walk
--include entry_text

local prefix, after = arguments()

return walk_page(prefix, after, '', function(a, _, items)
    local posts, places, taken = {}, 0, 0
    for i, p in ipairs(a.posts) do
        posts[i] = {p.id, p.title, p.places}
        places = places + p.places
        taken = taken + p.taken
    end
    items[#items + 1] = {
        a.id, utf8(a.title, a.key, 'title'), a.org or false,
        a.project or false, a.state, a.closed or false, a.starts, a.ends,
        a.withdraw_until or false, utf8(a.place, a.key, 'place'),
        a.latitude or false, a.longitude or false, a.radius or false,
        a.tags or false, a.emergency, a.beneficiaries, posts, places, taken,
        a.served, a.minutes
    }
end)
