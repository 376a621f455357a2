{{ config(
    readers='public',
    revise_by=['slot', 'signature'],
    indexes=[{'columns': ['chain_order']}],
) }}

with

events as (

    select * from {{ ref('int_config_events') }}

),

named as (

    select distinct on (event_id)
        ---------- ids
        event_id,
        signature,

        ---------- strings
        event,

        ---------- numerics (basis points; periods in seconds)
        cast(protocol_fee_bps as integer) as protocol_fee_bps,
        cast(resolver_reward_bps as integer) as resolver_reward_bps,
        cast(liquidity_provider_fee_bps as integer) as liquidity_provider_fee_bps,
        cast(proposal_approval_threshold as integer) as proposal_approval_threshold,
        cast(dispute_success_threshold as integer) as dispute_success_threshold,
        cast(min_resolution_delay as bigint) as min_resolution_delay,
        cast(dispute_period as bigint) as dispute_period,

        ---------- booleans
        is_paused,

        ---------- place
        slot,
        chain_order,

        ---------- timestamps
        emitted_at as changed_at
    from events
    order by event_id asc, chain_order desc

)

select * from named
