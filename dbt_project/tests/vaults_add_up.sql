-- Deposits and trades less payouts and fees are what a market holds, told from other marts than the
-- view tells it: trades one by one, and what positions have claimed.
{{ config(meta={'dagster': {'ref': {'name': 'market_vaults'}}}) }}

with

traded as (

    select
        market_address,
        sum(case side when 'buy' then amount else -amount end) as taken_in,
        sum(protocol_fee) as protocol_fees
    from {{ ref('trades') }}
    group by market_address

),

claimed as (

    select
        market_address,
        sum(claimed) as claimed
    from {{ ref('positions') }}
    group by market_address

)

select
    vaults.market_address,
    vaults.held
from {{ ref('market_vaults') }} as vaults
left join traded on vaults.market_address = traded.market_address
left join claimed on vaults.market_address = claimed.market_address
where
    vaults.held
    <> vaults.deposited + coalesce(traded.taken_in - coalesce(traded.protocol_fees, 0), 0)
    - coalesce(claimed.claimed, 0) - vaults.rewards - vaults.withdrawn
