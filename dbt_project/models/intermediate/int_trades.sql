with

bought as (

    select * from {{ ref('stg_market__shares_bought') }}

),

sold as (

    select * from {{ ref('stg_market__shares_sold') }}

),

trades as (

    select
        event_id,
        market_address,
        market_id,
        wallet,
        signature,
        slot,
        tx_index,
        position,
        chain_order,
        'buy' as side,
        outcome,
        shares,
        cost as amount,
        gross,
        fee,
        protocol_fee,
        resolver_fee,
        new_price_yes as price_yes,
        emitted_at
    from bought

    union all

    select
        event_id,
        market_address,
        market_id,
        wallet,
        signature,
        slot,
        tx_index,
        position,
        chain_order,
        'sell' as side,
        outcome,
        shares,
        proceeds as amount,
        gross,
        fee,
        protocol_fee,
        resolver_fee,
        new_price_yes as price_yes,
        emitted_at
    from sold

),

signed as (

    select
        *,
        -- What the program's total_volume counts: a buy's cost, a sell's gross.
        case when side = 'buy' then amount else coalesce(gross, amount) end as volume_gross,
        case when side = 'buy' then shares else -shares end as shares_change
    from trades

)

select * from signed
