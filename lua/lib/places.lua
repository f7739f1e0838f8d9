--include org
--include tagged
--include team

-- Where a volunteer stands: at an org, in teams, among those with a tag.  Who
-- was merged into another stands nowhere until the merge is undone, and who was
-- erased never again.  An account has prefix, id, kind, station, teams, tags.

-- ends the script unless a volunteer can leave these places, or come back
local function places_ready(a)
    org_member_ready(a.prefix, a.station)
    teams_ready(a.prefix, a.teams)
    tagged_ready(a.prefix, a.station, a.tags)
    called_of(a.prefix, a.id)
end

local function places_leave(a)
    org_leave(a.prefix, a.station, a.kind, a.id)
    teams_leave(a.prefix, a.teams, a.id)
    tagged_leave(a.prefix, a.station, a.tags, a.id)
end

local function places_return(a)
    org_join(a.prefix, a.station, a.kind, a.id)
    teams_join(a.prefix, a.teams, a.id)
    tagged_join(a.prefix, a.station, a.tags, a.id, called_of(a.prefix, a.id))
end
