-- Nobody claims more than the market ever took in: deposits and buys cover sells, claims and the
-- protocol's fees.
with

flows as (

    select
        market_address,
        sum(invested - proceeds - claimed - protocol_fees) as left_over
    from {{ ref('wallet_daily') }}
    group by market_address

)

select
    markets.market_address,
    flows.left_over
from {{ ref('markets') }} as markets
inner join flows on markets.market_address = flows.market_address
where markets.initial_liquidity is not null and markets.initial_liquidity + flows.left_over < 0
