-- Which of the ballots that Redis remembers are in this database.
select remembered.kind, remembered.market_id, remembered.wallet, remembered.nonce
from unnest(%(kinds)s::text[], %(markets)s::text[], %(wallets)s::text[], %(nonces)s::bigint[])
    as remembered (kind, market_id, wallet, nonce)
inner join raw.votes as held
    on held.kind = remembered.kind and held.market_id = remembered.market_id
    and held.wallet = remembered.wallet and held.nonce = remembered.nonce
