-- Votes cast on chain in the given questions before chain time $4; one row a wallet.
select vote.market_id, vote.kind, vote.wallet, vote.choice, vote.cast_at
from marts.votes as vote
inner join unnest($1::text[], $2::text[], $3::text[]) as question (market_id, kind, round)
    using (market_id, kind, round)
where vote.source = 'onchain' and vote.cast_at < to_timestamp($4::bigint)
