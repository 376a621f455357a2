{{ config(readers='public') }}

with

moves as (

    select * from {{ ref('lifecycle_events') }}

),

transitions as (

    select
        ---------- ids
        event_id,
        market_id,
        market_address,
        actor,
        signature,

        ---------- strings
        lag(to_state) over (partition by market_address order by chain_order, event_id) as from_state,
        to_state,
        event,
        outcome,

        ---------- place
        slot,
        chain_order,

        ---------- timestamps
        occurred_at as at
    from moves

)

select * from transitions
