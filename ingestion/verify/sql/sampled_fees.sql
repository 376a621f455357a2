-- What each of up to $1 transactions paid to the protocol's wallet: of the markets traded last, the
-- three newest trades each.
with chosen as (
    select distinct t.slot, t.signature
    from (select market_address from marts.market_rank order by last_trade_at desc nulls last limit $1) as m
    cross join lateral (
        select t.slot, t.signature from marts.trades as t
        where t.market_address = m.market_address
        order by t.traded_at desc, t.chain_order desc
        limit 3
    ) as t
    limit $1
)
select c.signature, paid.lamports
from chosen as c
cross join lateral (
    select sum(t.protocol_fee) as lamports, bool_and(t.protocol_fee is not null) as is_told
    from marts.trades as t
    where t.trade_id in (
        select e.signature || ':' || e."outer" || '.' || e.inner_path || '.' || e.ordinal
        from raw.events as e
        where e.slot = c.slot and e.signature = c.signature
    )
) as paid
where paid.is_told
