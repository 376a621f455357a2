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

candles as (

    select
        ---------- ids
        trades.market_address,
        widths.interval,
        date_bin(widths.step, trades.emitted_at, timestamptz '2000-01-01 00:00:00Z') as bucket,
        max(trades.market_id) as market_id,

        ---------- YES prices, 9-decimal fixed point
        cast({{ first('trades.price_yes', 'trades.chain_order') }} as numeric(20, 0)) as open,
        cast(max(trades.price_yes) as numeric(20, 0)) as high,
        cast(min(trades.price_yes) as numeric(20, 0)) as low,
        cast({{ last('trades.price_yes', 'trades.chain_order') }} as numeric(20, 0)) as close,

        ---------- sums
        sum(trades.amount) as volume,
        count(*) as trade_count,

        ---------- places in the chain's order, by which later parts are merged
        min(trades.chain_order) as first_place,
        max(trades.chain_order) as last_place
    from trades
    cross join widths
    where trades.market_address is not null
    group by 1, 2, 3

)

select * from candles
