-- Hourly candles of $1 markets over a week.
insert into marts.candles (
    market_address, market_id, "interval", bucket, open, high, low, close, volume, trade_count,
    first_place, last_place
)
select
    'M' || market, md5(market::text) || md5(market::text), '1h',
    date_trunc('hour', now()) - hours * interval '1 hour', 400000000, 420000000, 390000000,
    410000000 + hours, 1000000000, 12,
    (200000000 - hours)::bigint << 27, (200000000 - hours)::bigint << 27
from generate_series(0, $1::integer - 1) as market
cross join generate_series(1, 168) as hours
