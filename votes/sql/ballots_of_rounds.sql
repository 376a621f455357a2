-- The ballots of many questions at once; $1, $2, $3: their markets, kinds and rounds.
-- The cut-off comes with them, since both must be of one snapshot.
select
    vote.market_id, vote.kind,
    vote.seq, vote.wallet, vote.choice, vote.nonce, vote.signed_bytes, vote.signature
from raw.votes as vote
inner join unnest($1::text[], $2::text[], $3::text[]) as question (market_id, kind, round)
    using (market_id, kind, round)
