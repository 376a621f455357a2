-- Take one ballot into the cache, only when it is newer than what is there.
-- KEYS[1] counts, KEYS[2] voters (wallet -> nonce:choice)
-- ARGV[1] round, ARGV[2] the slot that opened it, ARGV[3] wallet, ARGV[4] nonce, ARGV[5] choice,
-- ARGV[6] and ARGV[7] the count's two fields
-- Returns 1 when applied, else 0.
local round, opened, wallet, nonce, choice = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]
local known = redis.call('HMGET', KEYS[1], 'round', 'opened')
if known[1] ~= round then
    if known[1] and tonumber(known[2]) > opened then
        return 0 -- a ballot of a round that is over
    end
    redis.call('DEL', KEYS[1], KEYS[2])
    redis.call('HSET', KEYS[1], 'round', round, 'opened', opened, ARGV[6], 0, ARGV[7], 0)
end
local before = redis.call('HGET', KEYS[2], wallet)
if before then
    local split = string.find(before, ':', 1, true)
    -- Nonces are milliseconds: below 2^53, so Lua's numbers hold them exactly.
    if tonumber(string.sub(before, 1, split - 1)) >= tonumber(nonce) then
        return 0
    end
    redis.call('HINCRBY', KEYS[1], string.sub(before, split + 1) .. 's', -1)
end
redis.call('HSET', KEYS[2], wallet, nonce .. ':' .. choice)
redis.call('HINCRBY', KEYS[1], choice .. 's', 1)
return 1
