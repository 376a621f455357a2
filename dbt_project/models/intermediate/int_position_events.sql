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
        chain_order,
        side,
        outcome,
        shares,
        amount,
        emitted_at
    from trades

    union all

    select
        market_address,
        market_id,
        wallet,
        chain_order,
        'claim' as side,
        null as outcome,
        null as shares,
        amount,
        emitted_at
    from claims

)

select * from unioned
