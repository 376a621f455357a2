-- Append outbox messages to the shard streams, all or none, ids made of their positions.
-- KEYS: the streams. ARGV: the last position the caller believes is there, the length to keep,
-- then (position, shard, market_id, body) per message, in order of position.
-- Returns the last position in the streams and how many were added: none when the last position
-- was not the believed one, and the caller goes on from there.
local last = 0
for _, stream in ipairs(KEYS) do
    local newest = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
    if newest then
        last = math.max(last, tonumber(string.match(newest[1], '^(%d+)')))
    end
end
if last ~= tonumber(ARGV[1]) then
    return {last, 0}
end
for i = 3, #ARGV, 4 do
    redis.call(
        'XADD', KEYS[tonumber(ARGV[i + 1]) + 1], 'MAXLEN', '~', ARGV[2],
        ARGV[i] .. '-0', 'm', ARGV[i + 2], 'b', ARGV[i + 3]
    )
    last = tonumber(ARGV[i])
end
return {last, (#ARGV - 2) / 4}
