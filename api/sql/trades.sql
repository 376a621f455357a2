-- One page of a market's trades by chain order. $1 market address, $2 wallet, $3 side, $4 from,
-- $5 to (exclusive), $6 … $8 the last row's sort key, $9 rows.
select
    t.traded_at::text as traded_at,
    t.chain_order::text as chain_order,
    t.trade_id,
    (select row_to_json(fields) from (select {{trade_fields}}) as fields)::text as body
from marts.trades as t
where
    t.market_address = $1
    and t.market_id is not null
    and ($2::text is null or t.wallet = $2)
    and ($3::text is null or t.side = $3)
    and ($4::timestamptz is null or t.traded_at >= $4)
    and ($5::timestamptz is null or t.traded_at < $5)
    and (
        $6::text is null
        or (t.traded_at, t.chain_order, t.trade_id)
        {{beyond}} ($6::text::timestamptz, $7::text::bigint, $8::text)
    )
order by t.traded_at {{direction}}, t.chain_order {{direction}}, t.trade_id {{direction}}
limit $9
