{{ config(
    readers='public',
    revise_by=['slot', 'signature'],
    indexes=[
        {'columns': ['market_address', 'chain_order']},
        {'columns': ['slot', 'signature']},
    ],
) }}

with

lifecycle as (

    select * from {{ ref('int_lifecycle_events') }}

),

moves as (

    select
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

)

select * from moves
