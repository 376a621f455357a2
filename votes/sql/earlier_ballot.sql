-- The receipt of a ballot that is stored already, these very bytes under this very signature.
select seq, received_at
from raw.votes
where
    market_id = $1 and kind = $2 and round = $3 and wallet = $4 and nonce = $5
    and signed_bytes = $6 and signature = $7
