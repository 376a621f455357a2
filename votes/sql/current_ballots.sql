-- The ballot in force of each wallet, in every round; what the cache must hold.
select distinct on (market_id, kind, round, wallet)
    market_id, kind, round, wallet, choice, nonce, seq
from raw.votes
where $1::text is null or market_id = $1
order by market_id, kind, round, wallet, nonce desc, signature desc
