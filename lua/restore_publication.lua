-- A line of an import that says when the list of a period was published.
-- KEYS   selections
-- ARGV   period published prefix
-- shared utc_offset stars selection
-- reply  201, or 200, 1 when it is so already
-- or     not-found invalid-field(period, published)

--include selection
--include restored

local selections = keys()
local period, published, prefix = arguments()
local utc_offset, stars, rule = shared()

local s, refusal = selection_read(prefix, rule, stars, today_at(utc_offset),
                                  period)
if not s then
    return refusal
end
published = tonumber(published)
if published > now() or year_of(day_of(published, utc_offset)) < s.period then
    return {'invalid-field', 'is before the period, or in the future',
            'published'}
end
if s.published then
    return s.published == published and {200, 1}
           or {'invalid-field', CONTRADICTS, 'published'}
end
redis.call('HSET', selections, period, digits[published])

return {201, 0}
