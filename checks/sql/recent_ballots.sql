-- The newest ballots as stored, one row each, beside what the fold made of their wallet's vote.
select
    votes.seq,
    votes.wallet,
    votes.market_id,
    votes.kind,
    votes.nonce,
    votes.nonce = round(extract(epoch from votes.issued_at) * 1000) as nonce_is_issue_time,
    extract(epoch from votes.received_at - votes.issued_at) as age_seconds,
    extract(epoch from votes.expires_at - votes.issued_at) as lifetime_seconds,
    position(convert_to(votes.market_id, 'UTF8') in votes.signed_bytes) > 0 as names_its_market,
    position(convert_to(votes.wallet, 'UTF8') in votes.signed_bytes) > 0 as names_its_wallet,
    -- The fold takes a moment; after a minute a vote that is not counted is a vote lost.
    coalesce(ballots.nonce >= votes.nonce, votes.received_at > now() - interval '1 minute') as is_counted
from raw.votes as votes
left join marts.ballots as ballots
    on
        ballots.market_id = votes.market_id
        and ballots.kind = votes.kind
        and ballots.round = votes.round
        and ballots.wallet = votes.wallet
where votes.seq > (select coalesce(max(seq), 0) - 20000 from raw.votes)
