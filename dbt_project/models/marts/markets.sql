{{ config(
    readers='public',
    revise_by=['market_address'],
    fillfactor=60,
    indexes=[
        {'columns': ['state']},
        {'columns': ['market_id']},
        {'columns': ['creator']},
        {'columns': ["coalesce(created_at, '-infinity')", 'market_id']},
    ],
) }}

with

lifecycle as (

    select * from {{ ref('int_lifecycle_events') }}

),

trades as (

    select * from {{ ref('int_trades') }}

),

events as (

    select * from {{ ref('stg_market__market_events') }}

),

facts as (

    select
        market_address,
        market_id,
        chain_order,
        event,
        to_state,
        actor,
        outcome,
        b_parameter,
        initial_liquidity,
        deposited,
        in_favour,
        against,
        was_disputed,
        emitted_at,
        cast(null as numeric) as shares_change,
        cast(null as numeric) as amount,
        cast(null as numeric) as volume_gross,
        cast(null as numeric) as price_yes,
        slot
    from lifecycle

    union all

    select
        market_address,
        market_id,
        chain_order,
        'trade' as event,
        null as to_state,
        null as actor,
        outcome,
        null as b_parameter,
        null as initial_liquidity,
        null as deposited,
        null as in_favour,
        null as against,
        null as was_disputed,
        emitted_at,
        shares_change,
        amount,
        volume_gross,
        price_yes,
        slot
    from trades

    union all

    -- One row a market for whatever else happened to it: votes, claims, withdrawals.
    select
        market_address,
        max(market_id) as market_id,
        max(chain_order) as chain_order,
        'any' as event,
        null as to_state,
        null as actor,
        null as outcome,
        null as b_parameter,
        null as initial_liquidity,
        null as deposited,
        null as in_favour,
        null as against,
        null as was_disputed,
        null as emitted_at,
        null as shares_change,
        null as amount,
        null as volume_gross,
        null as price_yes,
        max(slot) as slot
    from events
    group by market_address

),

-- A dispute's counts as finalize_market was given them stand above any DisputeAggregated: the
-- 63rd bit of their place says so.
placed as (

    select
        *,
        case
            when event = 'MarketFinalized' and in_favour is not null then chain_order | (cast(1 as bigint) << 62)
            when event = 'DisputeAggregated' then chain_order
        end as dispute_place
    from facts

),

markets as (

    select
        ---------- ids
        market_address,
        max(market_id) as market_id,
        max(actor) filter (where event = 'MarketCreated') as creator,
        {{ last('actor', 'chain_order', "event = 'MarketResolved'") }} as resolver,

        ---------- state
        {{ last('to_state', 'chain_order') }} as state,
        {{ last('outcome', 'chain_order', "event = 'MarketResolved'") }} as proposed_outcome,
        {{ last('outcome', 'chain_order', "to_state = 'FINALIZED' and outcome is not null") }}
            as final_outcome,
        coalesce(bool_or(was_disputed), false) as was_disputed,

        ---------- parameters
        cast(max(b_parameter) as numeric(20, 0)) as b_parameter,
        cast(max(initial_liquidity) as numeric(20, 0)) as initial_liquidity,
        cast(max(deposited) as numeric(20, 0)) as deposited,

        ---------- trading
        coalesce(sum(shares_change) filter (where outcome = 'YES'), 0) as shares_yes,
        coalesce(sum(shares_change) filter (where outcome = 'NO'), 0) as shares_no,
        cast({{ last('price_yes', 'chain_order') }} as numeric(20, 0)) as price_yes,
        coalesce(sum(amount), 0) as volume,
        coalesce(sum(volume_gross), 0) as volume_gross,
        count(*) filter (where event = 'trade') as trade_count,

        ---------- tallies
        cast({{ last('in_favour', 'chain_order', "event = 'ProposalAggregated'") }} as bigint) as proposal_likes,
        cast({{ last('against', 'chain_order', "event = 'ProposalAggregated'") }} as bigint) as proposal_dislikes,
        cast({{ last('in_favour', 'dispute_place', 'dispute_place is not null') }} as bigint) as dispute_agree,
        cast({{ last('against', 'dispute_place', 'dispute_place is not null') }} as bigint) as dispute_disagree,

        ---------- timestamps
        max(emitted_at) filter (where event = 'MarketCreated') as created_at,
        max(emitted_at) filter (where event = 'ProposalApproved') as approved_at,
        max(emitted_at) filter (where event = 'MarketActivated') as activated_at,
        {{ last('emitted_at', 'chain_order', "event = 'MarketResolved'") }} as resolution_proposed_at,
        {{ last('emitted_at', 'chain_order', "event = 'DisputeInitiated'") }} as dispute_initiated_at,
        {{ last('emitted_at', 'chain_order', "to_state = 'FINALIZED'") }} as finalized_at,
        max(emitted_at) filter (where event = 'MarketCancelled') as cancelled_at,
        {{ last('emitted_at', 'chain_order', "event = 'trade'") }} as last_trade_at,

        ---------- places in the chain's order, by which later parts are merged
        max(slot) as last_slot,
        max(chain_order) filter (where to_state is not null) as state_place,
        max(chain_order) filter (where event = 'trade') as trade_place,
        max(chain_order) filter (where event = 'ProposalAggregated') as proposal_place,
        max(chain_order) filter (where event = 'MarketResolved') as resolution_place,
        max(chain_order) filter (where event = 'DisputeInitiated') as dispute_initiated_place,
        max(dispute_place) as dispute_place,
        max(chain_order) filter (where to_state = 'FINALIZED') as final_place
    from placed
    where market_address is not null
    group by market_address

)

select * from markets
