{{ config(
    readers='public',
    revise_by=['market_address', 'slot', 'signature'],
    indexes=[{'columns': ['market_address', 'wallet']}],
) }}

with

claims as (

    select * from {{ ref('stg_market__winnings_claimed') }}

),

withdrawals as (

    select * from {{ ref('stg_market__liquidity_withdrawn') }}

),

unioned as (

    select
        event_id,
        market_address,
        market_id,
        wallet,
        signature,
        'claim' as kind,
        amount,
        reward,
        slot,
        chain_order,
        emitted_at
    from claims

    union all

    select
        event_id,
        market_address,
        market_id,
        creator as wallet,
        signature,
        'withdrawal' as kind,
        amount,
        null as reward,
        slot,
        chain_order,
        emitted_at
    from withdrawals

),

payouts as (

    -- A transaction known from two slots, before its retraction from one: the later one stands.
    select distinct on (event_id)
        ---------- ids
        event_id,
        market_address,
        market_id,
        wallet,
        signature,

        ---------- strings
        kind,

        ---------- numerics (lamports)
        cast(amount as numeric(20, 0)) as amount,
        cast(reward as numeric(20, 0)) as reward,

        ---------- place
        slot,
        chain_order,

        ---------- timestamps
        emitted_at as paid_at
    from unioned
    where market_address is not null
    order by event_id asc, chain_order desc

)

select * from payouts
