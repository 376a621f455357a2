-- Take ballots of one question into the cache, each only when it is newer than what is there.
-- KEYS[1] counts, KEYS[2] voters (wallet -> nonce:choice)
-- ARGV[1] round, ARGV[2] the slot that opened it, ARGV[3] and ARGV[4] the count's two fields, then
-- wallet, nonce and choice of each ballot
-- Returns how many were applied.
local round, opened = ARGV[1], tonumber(ARGV[2])
local known = redis.call('HMGET', KEYS[1], 'round', 'opened')
if known[1] ~= round then
    if known[1] and tonumber(known[2]) > opened then
        return 0 -- ballots of a round that is over
    end
    redis.call('DEL', KEYS[1], KEYS[2])
    redis.call('HSET', KEYS[1], 'round', round, 'opened', opened, ARGV[3], 0, ARGV[4], 0)
end
local applied = 0
for i = 5, #ARGV, 3 do
    local wallet, nonce, choice = ARGV[i], ARGV[i + 1], ARGV[i + 2]
    local before = redis.call('HGET', KEYS[2], wallet)
    local split = before and string.find(before, ':', 1, true)
    -- Nonces are milliseconds: below 2^53, so Lua's numbers hold them exactly.
    if not split or tonumber(string.sub(before, 1, split - 1)) < tonumber(nonce) then
        if split then
            redis.call('HINCRBY', KEYS[1], string.sub(before, split + 1) .. 's', -1)
        end
        redis.call('HSET', KEYS[2], wallet, nonce .. ':' .. choice)
        redis.call('HINCRBY', KEYS[1], choice .. 's', 1)
        applied = applied + 1
    end
end
return applied
