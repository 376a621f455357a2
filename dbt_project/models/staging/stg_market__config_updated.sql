with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'ConfigUpdated'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- numerics
        {{ number('args', 'protocol_fee_bps') }} as protocol_fee_bps,
        {{ number('args', 'resolver_reward_bps') }} as resolver_reward_bps,
        {{ number('args', 'liquidity_provider_fee_bps') }} as liquidity_provider_fee_bps,
        {{ number('args', 'proposal_approval_threshold') }} as proposal_approval_threshold,
        {{ number('args', 'dispute_success_threshold') }} as dispute_success_threshold,
        {{ number('args', 'min_resolution_delay') }} as min_resolution_delay,
        {{ number('args', 'dispute_period') }} as dispute_period,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
