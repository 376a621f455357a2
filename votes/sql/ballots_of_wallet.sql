-- Every ballot of one wallet in one question, in the order they were stored.
select seq, wallet, choice, nonce, signed_bytes, signature
from raw.votes
where market_id = $1 and kind = $2 and round = $3 and wallet = $4
order by seq
