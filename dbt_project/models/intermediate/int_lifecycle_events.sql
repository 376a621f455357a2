-- Everything that moves a market through its life, and the tallies on the way. An aggregated
-- dispute that fails ends the market without an outcome, which claims treat as INVALID.
with

market_created as (

    select * from {{ ref('stg_market__market_created') }}

),

proposal_aggregated as (

    select * from {{ ref('stg_market__proposal_aggregated') }}

),

proposal_approved as (

    select * from {{ ref('stg_market__proposal_approved') }}

),

market_activated as (

    select * from {{ ref('stg_market__market_activated') }}

),

market_resolved as (

    select * from {{ ref('stg_market__market_resolved') }}

),

dispute_initiated as (

    select * from {{ ref('stg_market__dispute_initiated') }}

),

dispute_aggregated as (

    select * from {{ ref('stg_market__dispute_aggregated') }}

),

market_finalized as (

    select * from {{ ref('stg_market__market_finalized') }}

),

market_cancelled as (

    select * from {{ ref('stg_market__market_cancelled') }}

),

unioned as (

    select
        event_id,
        market_address,
        market_id,
        signature,
        slot,
        tx_index,
        position,
        chain_order,
        'MarketCreated' as event,
        'PROPOSED' as to_state,
        creator as actor,
        cast(null as text) as outcome,
        b_parameter,
        initial_liquidity,
        deposited,
        cast(null as numeric) as in_favour,
        cast(null as numeric) as against,
        cast(null as boolean) as was_disputed,
        emitted_at
    from market_created

    union all

    select
        event_id,
        market_address,
        market_id,
        signature,
        slot,
        tx_index,
        position,
        chain_order,
        'ProposalAggregated' as event,
        null as to_state,
        null as actor,
        null as outcome,
        null as b_parameter,
        null as initial_liquidity,
        null as deposited,
        likes as in_favour,
        dislikes as against,
        null as was_disputed,
        emitted_at
    from proposal_aggregated

    union all

    select
        event_id,
        market_address,
        market_id,
        signature,
        slot,
        tx_index,
        position,
        chain_order,
        'ProposalApproved' as event,
        'APPROVED' as to_state,
        approved_by as actor,
        null as outcome,
        null as b_parameter,
        null as initial_liquidity,
        null as deposited,
        null as in_favour,
        null as against,
        null as was_disputed,
        emitted_at
    from proposal_approved

    union all

    select
        event_id,
        market_address,
        market_id,
        signature,
        slot,
        tx_index,
        position,
        chain_order,
        'MarketActivated' as event,
        'ACTIVE' as to_state,
        creator as actor,
        null as outcome,
        null as b_parameter,
        null as initial_liquidity,
        null as deposited,
        null as in_favour,
        null as against,
        null as was_disputed,
        emitted_at
    from market_activated

    union all

    select
        event_id,
        market_address,
        market_id,
        signature,
        slot,
        tx_index,
        position,
        chain_order,
        'MarketResolved' as event,
        'RESOLVING' as to_state,
        resolver as actor,
        outcome,
        null as b_parameter,
        null as initial_liquidity,
        null as deposited,
        null as in_favour,
        null as against,
        null as was_disputed,
        emitted_at
    from market_resolved

    union all

    select
        event_id,
        market_address,
        market_id,
        signature,
        slot,
        tx_index,
        position,
        chain_order,
        'DisputeInitiated' as event,
        'DISPUTED' as to_state,
        initiator as actor,
        null as outcome,
        null as b_parameter,
        null as initial_liquidity,
        null as deposited,
        null as in_favour,
        null as against,
        true as was_disputed,
        emitted_at
    from dispute_initiated

    union all

    select
        event_id,
        market_address,
        market_id,
        signature,
        slot,
        tx_index,
        position,
        chain_order,
        'DisputeAggregated' as event,
        case when dispute_succeeded then 'RESOLVING' else 'FINALIZED' end as to_state,
        null as actor,
        case when not dispute_succeeded then 'INVALID' end as outcome,
        null as b_parameter,
        null as initial_liquidity,
        null as deposited,
        agrees as in_favour,
        disagrees as against,
        true as was_disputed,
        emitted_at
    from dispute_aggregated

    union all

    select
        event_id,
        market_address,
        market_id,
        signature,
        slot,
        tx_index,
        position,
        chain_order,
        'MarketFinalized' as event,
        'FINALIZED' as to_state,
        null as actor,
        final_outcome as outcome,
        null as b_parameter,
        null as initial_liquidity,
        null as deposited,
        dispute_agree as in_favour,
        dispute_disagree as against,
        was_disputed,
        emitted_at
    from market_finalized

    union all

    select
        event_id,
        market_address,
        market_id,
        signature,
        slot,
        tx_index,
        position,
        chain_order,
        'MarketCancelled' as event,
        'CANCELLED' as to_state,
        cancelled_by as actor,
        null as outcome,
        null as b_parameter,
        null as initial_liquidity,
        null as deposited,
        null as in_favour,
        null as against,
        null as was_disputed,
        emitted_at
    from market_cancelled

)

select * from unioned
