{{ config(readers='public') }}

with

candles as (

    select * from {{ ref('candles') }}

),

markets as (

    select * from {{ ref('markets') }}

),

followed as (

    select
        candles.*,
        case candles.interval
            when '1m' then interval '1 minute'
            when '5m' then interval '5 minutes'
            when '1h' then interval '1 hour'
            else interval '1 day'
        end as step,
        lead(candles.bucket) over (
            partition by candles.market_address, candles.interval order by candles.bucket asc
        ) as next_bucket
    from candles

),

-- Each candle and the empty buckets behind it, up to the next one; after the last trade up to the
-- market's latest event, and never beyond its resolution or cancellation.
filled as (

    select
        ---------- ids
        followed.market_id,
        followed.market_address,
        followed.interval,
        empty.bucket,

        ---------- YES prices, 9-decimal fixed point
        case when empty.bucket = followed.bucket then followed.open else followed.close end as open,
        case when empty.bucket = followed.bucket then followed.high else followed.close end as high,
        case when empty.bucket = followed.bucket then followed.low else followed.close end as low,
        followed.close,

        ---------- sums
        case when empty.bucket = followed.bucket then followed.volume else 0 end as volume,
        case when empty.bucket = followed.bucket then followed.trade_count else 0 end as trade_count,

        ---------- booleans
        empty.bucket <> followed.bucket as is_filled
    from followed
    inner join markets on followed.market_address = markets.market_address
    cross join
        lateral generate_series(
            followed.bucket,
            greatest(
                followed.bucket,
                coalesce(followed.next_bucket, markets.last_trade_at + followed.step) - followed.step
            ),
            followed.step
        ) as empty (bucket)
    where
        empty.bucket = followed.bucket
        or empty.bucket < least(
            coalesce(markets.resolution_proposed_at, 'infinity'),
            coalesce(markets.cancelled_at, 'infinity')
        )

)

select * from filled
