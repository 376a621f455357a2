{{ config(
    readers='public',
    revise_by=['market_address', 'slot', 'signature'],
    indexes=[
        {'columns': ['market_address', 'traded_at desc', 'chain_order desc']},
        {'columns': ['market_address', 'wallet', 'traded_at desc']},
    ],
) }}

with

trades as (

    select * from {{ ref('int_trades') }}

),

named as (

    -- A transaction known from two slots, before its retraction from one: the later one stands.
    select distinct on (event_id)
        ---------- ids
        event_id as trade_id,
        market_id,
        market_address,
        wallet,
        -- The market maker's side of a trade is the market itself.
        case when side = 'buy' then wallet else market_address end as buyer,
        case when side = 'sell' then wallet else market_address end as seller,
        signature,

        ---------- strings
        side,
        outcome,

        ---------- numerics (lamports; shares and price in 9-decimal fixed point)
        cast(shares as numeric(20, 0)) as shares,
        cast(amount as numeric(20, 0)) as amount,
        cast(gross as numeric(20, 0)) as gross,
        cast(fee as numeric(20, 0)) as fee,
        cast(protocol_fee as numeric(20, 0)) as protocol_fee,
        cast(resolver_fee as numeric(20, 0)) as resolver_fee,
        cast(price_yes as numeric(20, 0)) as price_yes,

        ---------- place
        slot,
        tx_index,
        position,
        chain_order,

        ---------- timestamps
        emitted_at as traded_at
    from trades
    where market_address is not null and wallet is not null
    order by event_id asc, chain_order desc

)

select * from named
