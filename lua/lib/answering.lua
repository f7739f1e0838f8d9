--include check

-- the id of the account that answers for a volunteer, who need not have one
local function answering(prefix, volunteer)
    local key = prefix .. 'v:' .. volunteer
    local into = redis.call('HGET', key, 'merged')
    return into and answering(prefix, id(into, key, 'merged')) or volunteer
end
