-- Candles of market $1 with interval $2, from $3 until before $4, after bucket $5, $6 rows; from
-- {{relation}}, where {{filled}} says that a bucket had no trade.
select
    c.bucket::text as sort_key,
    (
        select row_to_json(fields)
        from (
            select
                c.market_id,
                c.interval,
                c.bucket,
                c.open::text as open,
                c.high::text as high,
                c.low::text as low,
                c.close::text as close,
                c.volume::text as volume,
                c.trade_count,
                {{filled}} as filled
        ) as fields
    )::text as body
from {{relation}} as c
where
    c.market_address = $1
    and c.interval = $2
    and ($3::timestamptz is null or c.bucket >= $3)
    and ($4::timestamptz is null or c.bucket < $4)
    and ($5::text is null or c.bucket > $5::text::timestamptz)
order by c.bucket
limit $6
