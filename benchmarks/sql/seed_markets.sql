-- $1 markets, named as land_trades.sql names them, so that trades landed later fold into these.
insert into marts.markets (
    market_address, market_id, creator, state, b_parameter, initial_liquidity, price_yes,
    shares_yes, shares_no, volume, volume_gross, trade_count, was_disputed, created_at, approved_at,
    activated_at, last_trade_at, last_slot
)
select
    'M' || n, md5(n::text) || md5(n::text), translate(md5('creator ' || n % 97), '0', 'z'), 'ACTIVE',
    100000000000, 70000000000, 400000000 + n % 1000, 3000000000 + n, 2000000000 + n,
    5000000000 + n, 4500000000 + n, 100, false, now() - n * interval '1 minute', now(), now(), now(),
    200000000 + n
from generate_series(0, $1::integer - 1) as n
