-- The vote that a wallet ($3) cast on chain in a question that opened at $4 and is counted until
-- $5 (chain time), the first one of that time.
select vote.market_id, vote.kind, vote.wallet, vote.choice, vote.cast_at
from marts.onchain_votes as vote
where
    vote.market_id = $1 and vote.kind = $2 and vote.wallet = $3
    and vote.cast_at >= $4::timestamptz
    and vote.cast_at < to_timestamp($5::bigint)
order by vote.cast_at
limit 1
