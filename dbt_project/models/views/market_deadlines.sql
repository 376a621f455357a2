{{ config(readers='public') }}

with

markets as (

    select * from {{ ref('markets') }}

),

config as (

    select * from {{ ref('protocol_config') }}
    where is_in_force

),

-- A change of the configuration hits live markets at once: deadlines follow the one in force now.
deadlines as (

    select
        ---------- ids
        markets.market_id,
        markets.market_address,
        markets.resolver,

        ---------- strings
        markets.state,
        markets.proposed_outcome,
        markets.final_outcome,

        ---------- numerics
        config.dispute_period,
        markets.dispute_agree,
        markets.dispute_disagree,

        ---------- booleans
        markets.was_disputed,

        ---------- timestamps
        markets.resolution_proposed_at,
        markets.dispute_initiated_at,
        markets.finalized_at,
        markets.resolution_proposed_at + make_interval(secs => config.dispute_period) as disputable_until,
        case
            when markets.state = 'RESOLVING'
                then markets.resolution_proposed_at + make_interval(secs => config.dispute_period)
        end as finalizable_from
    from markets
    left join config on true
    where markets.resolution_proposed_at is not null

)

select * from deadlines
