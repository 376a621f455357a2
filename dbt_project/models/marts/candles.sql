{{ config(
    readers='public',
    revise_by=['market_address'],
    fillfactor=70,
) }}

with

trades as (

    select * from {{ ref('int_trades') }}

),

widths as (

    select
        width.name as interval,
        width.step
    from
        (
            values
            ('1m', interval '1 minute'),
            ('5m', interval '5 minutes'),
            ('1h', interval '1 hour'),
            ('1d', interval '1 day')
        ) as width (name, step)

),

-- Minutes first: the wider buckets are made of few minutes instead of many trades.
minutes as (

    select
        market_address,
        date_bin(interval '1 minute', emitted_at, timestamptz '2000-01-01 00:00:00Z') as minute,
        max(market_id) as market_id,
        {{ first('price_yes', 'chain_order') }} as open,
        max(price_yes) as high,
        min(price_yes) as low,
        {{ last('price_yes', 'chain_order') }} as close,
        sum(amount) as volume,
        count(*) as trade_count,
        min(chain_order) as first_place,
        max(chain_order) as last_place
    from trades
    where market_address is not null
    group by 1, 2

),

candles as (

    select
        ---------- ids
        minutes.market_address,
        widths.interval,
        date_bin(widths.step, minutes.minute, timestamptz '2000-01-01 00:00:00Z') as bucket,
        max(minutes.market_id) as market_id,

        ---------- YES prices, 9-decimal fixed point
        cast({{ first('minutes.open', 'minutes.first_place') }} as numeric(20, 0)) as open,
        cast(max(minutes.high) as numeric(20, 0)) as high,
        cast(min(minutes.low) as numeric(20, 0)) as low,
        cast({{ last('minutes.close', 'minutes.last_place') }} as numeric(20, 0)) as close,

        ---------- sums
        sum(minutes.volume) as volume,
        cast(sum(minutes.trade_count) as bigint) as trade_count,

        ---------- places in the chain's order, by which later parts are merged
        min(minutes.first_place) as first_place,
        max(minutes.last_place) as last_place
    from minutes
    cross join widths
    group by 1, 2, 3

)

select * from candles
