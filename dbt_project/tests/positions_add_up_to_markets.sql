-- Shares outstanding of a market are those its positions hold, and its trades are theirs.
{{ config(meta={'dagster': {'ref': {'name': 'positions'}}}) }}

with

held as (

    select
        market_address,
        sum(shares_yes) as shares_yes,
        sum(shares_no) as shares_no,
        sum(invested + proceeds) as volume,
        sum(trade_count) as trade_count
    from {{ ref('positions') }}
    group by market_address

)

select
    markets.market_address,
    markets.shares_yes,
    held.shares_yes as held_yes
from {{ ref('markets') }} as markets
left join held on markets.market_address = held.market_address
where
    markets.shares_yes <> coalesce(held.shares_yes, 0)
    or markets.shares_no <> coalesce(held.shares_no, 0)
    or markets.volume <> coalesce(held.volume, 0)
    or markets.trade_count <> coalesce(held.trade_count, 0)
