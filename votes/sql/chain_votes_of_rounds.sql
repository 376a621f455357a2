-- Votes cast on chain in the given questions ($1 markets, $2 kinds) since each opened ($3) and
-- before its end ($4, chain time). An on-chain vote names no round: it belongs to the one it was
-- cast in.
select distinct on (vote.market_id, vote.kind, vote.wallet)
    vote.market_id, vote.kind, vote.wallet, vote.choice, vote.cast_at
from marts.onchain_votes as vote
inner join unnest($1::text[], $2::text[], $3::timestamptz[], $4::bigint[]) as question (
    market_id, kind, opened_at, ends_at
)
    using (market_id, kind)
where
    vote.cast_at >= question.opened_at
    and vote.cast_at < to_timestamp(question.ends_at)
order by vote.market_id, vote.kind, vote.wallet, vote.cast_at
