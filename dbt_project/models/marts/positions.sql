{{ config(
    readers='own_wallet',
    revise_by=['market_address', 'wallet'],
    fillfactor=70,
    indexes=[{'columns': ['wallet']}],
) }}

with

events as (

    select * from {{ ref('int_position_events') }}

),

positions as (

    select
        ---------- ids
        market_address,
        wallet,
        max(market_id) as market_id,

        ---------- shares, 9-decimal fixed point
        coalesce(sum(shares) filter (where side = 'buy' and outcome = 'YES'), 0) as bought_yes,
        coalesce(sum(shares) filter (where side = 'buy' and outcome = 'NO'), 0) as bought_no,
        coalesce(sum(shares) filter (where side = 'sell' and outcome = 'YES'), 0) as sold_yes,
        coalesce(sum(shares) filter (where side = 'sell' and outcome = 'NO'), 0) as sold_no,
        coalesce(sum(case side when 'buy' then shares else -shares end) filter (where outcome = 'YES'), 0)
            as shares_yes,
        coalesce(sum(case side when 'buy' then shares else -shares end) filter (where outcome = 'NO'), 0) as shares_no,

        ---------- lamports
        coalesce(sum(amount) filter (where side = 'buy' and outcome = 'YES'), 0) as invested_yes,
        coalesce(sum(amount) filter (where side = 'buy' and outcome = 'NO'), 0) as invested_no,
        coalesce(sum(amount) filter (where side = 'buy'), 0) as invested,
        coalesce(sum(amount) filter (where side = 'sell' and outcome = 'YES'), 0) as proceeds_yes,
        coalesce(sum(amount) filter (where side = 'sell' and outcome = 'NO'), 0) as proceeds_no,
        coalesce(sum(amount) filter (where side = 'sell'), 0) as proceeds,
        coalesce(sum(amount) filter (where side = 'claim'), 0) as claimed,

        ---------- counts
        count(*) filter (where side <> 'claim') as trade_count,

        ---------- timestamps
        min(emitted_at) filter (where side <> 'claim') as first_trade_at,
        {{ last('emitted_at', 'chain_order', "side <> 'claim'") }} as last_trade_at,
        max(emitted_at) filter (where side = 'claim') as claimed_at,

        ---------- place in the chain's order, by which later parts are merged
        max(chain_order) filter (where side <> 'claim') as trade_place
    from events
    where market_address is not null and wallet is not null
    group by market_address, wallet

)

select * from positions
