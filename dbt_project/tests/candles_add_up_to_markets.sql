-- Of every width, a market's candles hold all of its trades.
{{ config(meta={'dagster': {'ref': {'name': 'candles'}}}) }}

with

sums as (

    select
        market_address,
        interval,
        sum(volume) as volume,
        sum(trade_count) as trade_count
    from {{ ref('candles') }}
    group by market_address, interval

)

select
    markets.market_address,
    sums.interval
from {{ ref('markets') }} as markets
inner join sums on markets.market_address = sums.market_address
where markets.volume <> sums.volume or markets.trade_count <> sums.trade_count
