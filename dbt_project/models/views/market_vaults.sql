{{ config(readers='public') }}

with

markets as (

    select * from {{ ref('markets') }}

),

traded as (

    select
        market_address,
        sum(invested) as invested,
        sum(proceeds) as proceeds,
        sum(fees) as fees,
        sum(protocol_fees) as protocol_fees,
        sum(resolver_fees) as resolver_fees
    from {{ ref('wallet_daily') }}
    group by market_address

),

paid as (

    select
        market_address,
        sum(amount) filter (where kind = 'claim') as claimed,
        sum(amount) filter (where kind = 'withdrawal') as withdrawn,
        sum(reward) as rewards,
        bool_or(kind = 'claim' and reward is null) as is_reward_untold
    from {{ ref('payouts') }}
    group by market_address

),

flows as (

    select
        ---------- ids
        markets.market_address,
        markets.market_id,

        ---------- strings
        markets.state,

        ---------- lamports
        coalesce(markets.deposited, markets.initial_liquidity) as deposited,
        coalesce(traded.invested, 0) as invested,
        coalesce(traded.proceeds, 0) as proceeds,
        coalesce(traded.protocol_fees, 0) as protocol_fees,
        coalesce(traded.resolver_fees, 0) as resolver_fees,
        coalesce(traded.fees - traded.protocol_fees - traded.resolver_fees, 0) as provider_fees,
        coalesce(paid.claimed, 0) as claimed,
        -- The first claim pays all that trades have set aside, so what is not told can be counted.
        case
            when paid.is_reward_untold then greatest(coalesce(paid.rewards, 0), coalesce(traded.resolver_fees, 0))
            else coalesce(paid.rewards, 0)
        end as rewards,
        coalesce(paid.withdrawn, 0) as withdrawn
    from markets
    left join traded on markets.market_address = traded.market_address
    left join paid on markets.market_address = paid.market_address

),

vaults as (

    select
        *,
        deposited + invested - proceeds - protocol_fees - claimed - rewards - withdrawn as held
    from flows

)

select * from vaults
