-- As candles.sql, with flagged empty buckets in between that carry the last close. They begin at
-- the first candle and end at $4, at now, or where trading ended, whichever is first: a price
-- after resolution would be invented.
with market as (
    select
        market_id,
        least(
            coalesce($4::timestamptz, 'infinity'),
            now(),
            coalesce(resolution_proposed_at, 'infinity'),
            coalesce(cancelled_at, 'infinity')
        ) as until
    from marts.markets
    where market_address = $1
),

width as (
    select
        case $2::text
            when '1m' then interval '1 minute'
            when '5m' then interval '5 minutes'
            when '1h' then interval '1 hour'
            else interval '1 day'
        end as step
),

-- One bucket before the page gives the first empty bucket its price.
known as (
    select bucket, open, high, low, close, volume, trade_count
    from marts.candles
    where
        market_address = $1
        and interval = $2
        and ($4::timestamptz is null or bucket < $4)
        and bucket >= coalesce(
            (
                select max(bucket)
                from marts.candles
                where
                    market_address = $1
                    and interval = $2
                    and bucket <= greatest(
                        coalesce($5::text::timestamptz, '-infinity'),
                        coalesce($3::timestamptz, '-infinity')
                    )
            ),
            '-infinity'
        )
),

buckets as (
    select generated.bucket
    from width
    cross join market
    cross join
        (select min(bucket) as first from known) as started
    cross join lateral generate_series(
        greatest(started.first, (select max(b.at) from (values
            (
                date_bin(width.step, $5::text::timestamptz, timestamptz '2000-01-01 00:00:00Z')
                + width.step
            ),
            (date_bin(width.step, $3::timestamptz, timestamptz '2000-01-01 00:00:00Z'))
        ) as b (at))),
        market.until,
        width.step
    ) as generated (bucket)
    where
        started.first is not null
        and ($3::timestamptz is null or generated.bucket >= $3)
        and generated.bucket < market.until
    order by generated.bucket
    limit $6
)

select
    b.bucket::text as sort_key,
    (
        select row_to_json(fields)
        from (
            select
                market.market_id,
                $2::text as interval,
                b.bucket,
                coalesce(k.open, before.close)::text as open,
                coalesce(k.high, before.close)::text as high,
                coalesce(k.low, before.close)::text as low,
                coalesce(k.close, before.close)::text as close,
                coalesce(k.volume, 0)::text as volume,
                coalesce(k.trade_count, 0) as trade_count,
                k.bucket is null as filled
        ) as fields
    )::text as body
from buckets as b
cross join market
left join known as k on b.bucket = k.bucket
left join lateral (
    select earlier.close
    from known as earlier
    where earlier.bucket < b.bucket
    order by earlier.bucket desc
    limit 1
) as before on k.bucket is null
order by b.bucket
