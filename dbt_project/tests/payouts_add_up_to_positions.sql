-- What a position has claimed is the sum of its claims.
{{ config(meta={'dagster': {'ref': {'name': 'payouts'}}}) }}

with

claims as (

    select
        market_address,
        wallet,
        sum(amount) as claimed
    from {{ ref('payouts') }}
    where kind = 'claim'
    group by market_address, wallet

)

select
    coalesce(positions.market_address, claims.market_address) as market_address,
    coalesce(positions.wallet, claims.wallet) as wallet
from {{ ref('positions') }} as positions
full outer join claims
    on
        positions.market_address = claims.market_address
        and positions.wallet = claims.wallet
where coalesce(positions.claimed, 0) <> coalesce(claims.claimed, 0)
