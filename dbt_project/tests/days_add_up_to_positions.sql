-- A position is the sum of its days.
{{ config(meta={'dagster': {'ref': {'name': 'wallet_daily'}}}) }}

with

days as (

    select
        market_address,
        wallet,
        sum(invested) as invested,
        sum(proceeds) as proceeds,
        sum(claimed) as claimed
    from {{ ref('wallet_daily') }}
    group by market_address, wallet

)

select
    positions.market_address,
    positions.wallet
from {{ ref('positions') }} as positions
full outer join days
    on
        positions.market_address = days.market_address
        and positions.wallet = days.wallet
where
    positions.invested is distinct from days.invested
    or positions.proceeds is distinct from days.proceeds
    or positions.claimed is distinct from days.claimed
