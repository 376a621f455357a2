-- $1 votes cast on chain over $2 markets, in the round that each market's creation opened.
with opened as (
    insert into marts.lifecycle_events (
        event_id, market_address, market_id, actor, signature, event, to_state, slot, tx_index,
        position, chain_order, occurred_at
    )
    select
        'round ' || n || ':0', 'M' || n, md5(n::text) || md5(n::text), 'voter 0', 'round ' || n,
        'MarketCreated', 'PROPOSED', 1, 0, 0, 1::bigint << 27, now()
    from generate_series(0, $2::integer - 1) as n
)
insert into marts.onchain_votes (
    market_address, kind, wallet, market_id, signature, choice, slot, chain_order, cast_at
)
select
    'M' || n % $2, 'proposal', 'chain voter ' || n, md5((n % $2)::text) || md5((n % $2)::text),
    'vote ' || n, 'like', 2, 2::bigint << 27, now()
from generate_series(0, $1::integer - 1) as n
