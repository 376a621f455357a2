-- Takes up to `want` of `limit` requests in the last `window` seconds; exact to the second.
-- KEYS[1] hash second -> requests; ARGV limit, want, window. Returns granted, left, seconds until
-- the oldest counted second leaves the window.
local limit, want, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = tonumber(redis.call('TIME')[1])
local counted = redis.call('HGETALL', KEYS[1])
local used, oldest = 0, now
for i = 1, #counted, 2 do
    local second = tonumber(counted[i])
    -- The second `now - window` is only partly over: it counts in full.
    if second < now - window then
        redis.call('HDEL', KEYS[1], counted[i])
    else
        used = used + tonumber(counted[i + 1])
        if second < oldest then oldest = second end
    end
end
local granted = math.max(0, math.min(want, limit - used))
if granted > 0 then
    redis.call('HINCRBY', KEYS[1], now, granted)
    redis.call('EXPIRE', KEYS[1], window + 1)
end
return {granted, math.max(0, limit - used - granted), oldest + window + 1 - now}
