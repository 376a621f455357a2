-- What market $1 was told after seq $2 within the last $3 seconds, at most $4 messages; with the
-- seq it has been told up to, so that the caller sees whether something is missing.
select
    o.market_seq as seq,
    o.body,
    s.seq as last_seq
from live.market_seqs as s
left join
    live.outbox as o
    on
        s.market_address = o.market_address
        and o.market_seq > $2
        and o.created_at > clock_timestamp() - make_interval(secs => $3)
where s.market_address = $1
order by o.market_seq
limit $4
