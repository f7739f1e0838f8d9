-- What every script of wrk here ends with: one line of JSON about the round,
-- latencies in milliseconds.  A script that has more to tell makes more(),
-- which returns further members.

local PERCENTILES = {'50', '75', '90', '99', '99.9', '99.99'}

function done(summary, latency)
    local e = summary.errors
    local shown = {}
    for i, p in ipairs(PERCENTILES) do
        shown[i] = string.format('"%s":%.3f', p,
                                 latency:percentile(tonumber(p)) / 1000)
    end
    io.write(string.format(
        '{"requests":%d,"seconds":%.6f,"errors":%d,"latency":{%s}%s}\n',
        summary.requests, summary.duration / 1e6,
        e.status + e.connect + e.read + e.write + e.timeout,
        table.concat(shown, ','), more and ',' .. more() or ''))
end
