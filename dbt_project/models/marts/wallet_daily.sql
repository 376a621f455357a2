{{ config(
    readers='public',
    revise_by=['market_address', 'wallet'],
    fillfactor=70,
    indexes=[{'columns': ['wallet', 'day']}],
) }}

with

trades as (

    select * from {{ ref('int_trades') }}

),

claims as (

    select * from {{ ref('stg_market__winnings_claimed') }}

),

unioned as (

    select
        market_address,
        market_id,
        wallet,
        side,
        outcome,
        amount,
        volume_gross,
        fee,
        protocol_fee,
        resolver_fee,
        shares_change,
        emitted_at
    from trades

    union all

    select
        market_address,
        market_id,
        wallet,
        'claim' as side,
        null as outcome,
        amount,
        null as volume_gross,
        null as fee,
        null as protocol_fee,
        null as resolver_fee,
        null as shares_change,
        emitted_at
    from claims

),

days as (

    select
        ---------- ids
        market_address,
        wallet,
        cast(emitted_at at time zone 'UTC' as date) as day,
        max(market_id) as market_id,

        ---------- lamports
        coalesce(sum(amount) filter (where side = 'buy'), 0) as invested,
        coalesce(sum(amount) filter (where side = 'sell'), 0) as proceeds,
        coalesce(sum(amount) filter (where side = 'claim'), 0) as claimed,
        coalesce(sum(volume_gross), 0) as volume_gross,
        coalesce(sum(fee), 0) as fees,
        coalesce(sum(protocol_fee), 0) as protocol_fees,
        coalesce(sum(resolver_fee), 0) as resolver_fees,

        ---------- shares, 9-decimal fixed point
        coalesce(sum(shares_change) filter (where outcome = 'YES'), 0) as shares_yes_change,
        coalesce(sum(shares_change) filter (where outcome = 'NO'), 0) as shares_no_change,

        ---------- counts
        count(*) filter (where side <> 'claim') as trade_count,
        count(*) filter (where side = 'claim') as claim_count
    from unioned
    where market_address is not null and wallet is not null
    group by 1, 2, 3

)

select * from days
