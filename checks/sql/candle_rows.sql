-- The minute candles of the last day's traded markets, each beside the one before it.
select
    market_address,
    bucket,
    open,
    high,
    low,
    close,
    trade_count,
    high >= greatest(open, close) and low <= least(open, close) as spans_its_ends,
    coalesce(first_place > lag(last_place) over before_it, true) as follows_the_last,
    bucket = date_bin(interval '1 minute', bucket, timestamptz '2000-01-01 00:00:00Z') as on_the_minute
from marts.candles
where interval = '1m' and bucket > now() - interval '1 day'
window before_it as (partition by market_address order by bucket)
