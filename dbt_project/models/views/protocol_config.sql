{{ config(readers='public') }}

with

changes as (

    select * from {{ ref('config_events') }}

),

-- What an event left as it was is what the last one before it said: values are carried forward
-- by counting how many have been stated so far.
counted as (

    select
        *,
        count(protocol_fee_bps) over by_chain as rates_stated,
        count(is_paused) over by_chain as pauses_stated
    from changes
    window by_chain as (order by chain_order asc, event_id asc)

),

history as (

    select
        ---------- ids
        event_id,
        signature,

        ---------- strings
        event,

        ---------- numerics (basis points; periods in seconds)
        max(protocol_fee_bps) over rates as protocol_fee_bps,
        max(resolver_reward_bps) over rates as resolver_reward_bps,
        max(liquidity_provider_fee_bps) over rates as liquidity_provider_fee_bps,
        max(proposal_approval_threshold) over rates as proposal_approval_threshold,
        max(dispute_success_threshold) over rates as dispute_success_threshold,
        max(min_resolution_delay) over rates as min_resolution_delay,
        max(dispute_period) over rates as dispute_period,

        ---------- booleans
        coalesce(bool_or(is_paused) over pauses, false) as is_paused,
        lead(chain_order) over by_chain is null as is_in_force,

        ---------- place
        slot,
        chain_order,
        lead(chain_order) over by_chain as until_chain_order,

        ---------- timestamps
        changed_at as from_at,
        lead(changed_at) over by_chain as until_at
    from counted
    window
        by_chain as (order by chain_order asc, event_id asc),
        rates as (partition by rates_stated),
        pauses as (partition by pauses_stated)

)

select * from history
