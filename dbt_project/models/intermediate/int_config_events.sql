with

initialized as (

    select * from {{ ref('stg_market__global_config_initialized') }}

),

updated as (

    select * from {{ ref('stg_market__config_updated') }}

),

paused as (

    select * from {{ ref('stg_market__protocol_pause_status_changed') }}

),

unioned as (

    -- What the event leaves out is what initialize_global_config sets.
    select
        event_id,
        signature,
        slot,
        chain_order,
        'GlobalConfigInitialized' as event,
        protocol_fee_bps,
        cast(200 as numeric) as resolver_reward_bps,
        cast(500 as numeric) as liquidity_provider_fee_bps,
        cast(7000 as numeric) as proposal_approval_threshold,
        cast(6000 as numeric) as dispute_success_threshold,
        cast(86400 as numeric) as min_resolution_delay,
        cast(259200 as numeric) as dispute_period,
        false as is_paused,
        emitted_at
    from initialized

    union all

    select
        event_id,
        signature,
        slot,
        chain_order,
        'ConfigUpdated' as event,
        protocol_fee_bps,
        resolver_reward_bps,
        liquidity_provider_fee_bps,
        proposal_approval_threshold,
        dispute_success_threshold,
        min_resolution_delay,
        dispute_period,
        null as is_paused,
        emitted_at
    from updated

    union all

    select
        event_id,
        signature,
        slot,
        chain_order,
        'ProtocolPauseStatusChanged' as event,
        null as protocol_fee_bps,
        null as resolver_reward_bps,
        null as liquidity_provider_fee_bps,
        null as proposal_approval_threshold,
        null as dispute_success_threshold,
        null as min_resolution_delay,
        null as dispute_period,
        is_paused,
        emitted_at
    from paused

)

select * from unioned
