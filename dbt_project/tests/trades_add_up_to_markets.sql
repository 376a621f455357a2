-- Volume, gross volume and count of a market are those of its trades.
with

traded as (

    select
        market_address,
        sum(amount) as volume,
        sum(case when side = 'buy' then amount else coalesce(gross, amount) end) as volume_gross,
        count(*) as trade_count
    from {{ ref('trades') }}
    group by market_address

)

select
    markets.market_address,
    markets.volume,
    traded.volume as traded
from {{ ref('markets') }} as markets
left join traded on markets.market_address = traded.market_address
where
    markets.volume <> coalesce(traded.volume, 0)
    or markets.volume_gross <> coalesce(traded.volume_gross, 0)
    or markets.trade_count <> coalesce(traded.trade_count, 0)
