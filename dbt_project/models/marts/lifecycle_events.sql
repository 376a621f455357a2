{{ config(
    readers='public',
    revise_by=['market_address', 'slot', 'signature'],
    indexes=[
        {'columns': ['market_address', 'chain_order']},
    ],
) }}

with

lifecycle as (

    select * from {{ ref('int_lifecycle_events') }}

),

moves as (

    -- A transaction known from two slots, before its retraction from one: the later one stands.
    select distinct on (event_id)
        ---------- ids
        event_id,
        market_address,
        market_id,
        actor,
        signature,

        ---------- strings
        event,
        to_state,
        outcome,

        ---------- place
        slot,
        tx_index,
        position,
        chain_order,

        ---------- timestamps
        emitted_at as occurred_at
    from lifecycle
    where to_state is not null and market_address is not null
    order by event_id asc, chain_order desc

)

select * from moves
