-- Everything cast in a market's votes of one kind, for anyone to recount: signed ballots in the
-- order they were stored, then votes cast on chain. $3, $4: the last row of the page before.
select *
from (
    select
        0 as part,
        vote.seq::text as place,
        vote.seq,
        vote.wallet,
        vote.choice,
        vote.kind,
        'offchain' as source,
        vote.round,
        vote.nonce,
        vote.encoding,
        replace(encode(vote.signed_bytes, 'base64'), e'\n', '') as signed_bytes,
        vote.signature,
        vote.received_at as cast_at
    from raw.votes as vote
    where vote.market_id = $1 and vote.kind = $2 and ($3::integer = 0 and vote.seq > $4::bigint)

    union all

    select
        1,
        vote.wallet || ':' || extract(epoch from vote.cast_at)::text,
        null,
        vote.wallet,
        vote.choice,
        vote.kind,
        'onchain',
        nullif(vote.round, ''),
        null,
        null,
        null,
        null,
        vote.cast_at
    from marts.votes as vote
    where
        vote.market_id = $1 and vote.kind = $2 and vote.source = 'onchain'
        and ($3::integer = 0 or vote.wallet > $5::text)
) as cast_votes
order by part, seq, wallet
limit $6
