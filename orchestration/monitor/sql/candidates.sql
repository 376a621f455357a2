-- Markets whose phase is over by what the marts know, oldest first: where to look, not what to do.
-- Left out are those that an intent or a person already has in hand.
with places as (
    select
        markets.market_id,
        markets.market_address,
        markets.state,
        case markets.state
            when 'APPROVED' then 'activate_market'
            else 'finalize_market'
        end as action,
        case markets.state
            when 'APPROVED' then 'ProposalApproved'
            when 'RESOLVING' then 'MarketResolved'
            when 'DISPUTED' then 'DisputeInitiated'
        end as opened_by,
        case markets.state
            when 'APPROVED' then markets.approved_at
            when 'RESOLVING'
                then markets.resolution_proposed_at + make_interval(secs => %(dispute_s)s)
            when 'DISPUTED'
                then markets.dispute_initiated_at + make_interval(secs => %(voting_s)s)
        end as due_at
    from marts.markets as markets
    where markets.state in ('APPROVED', 'RESOLVING', 'DISPUTED') and markets.market_id is not null
)

select
    places.market_id,
    places.market_address,
    places.state,
    places.action,
    opened.signature as round,
    coalesce(extract(epoch from hold.released_at)::text, '') as released,
    places.due_at
from places
left join ops.holds as hold on places.market_id = hold.market_id
cross join lateral (
    select events.signature
    from marts.lifecycle_events as events
    where
        events.market_address = places.market_address
        and events.event = places.opened_by
    order by events.chain_order desc
    limit 1
) as opened
where
    places.due_at <= to_timestamp(%(now)s)
    and not exists (
        select from ops.transitions as intent
        where
            intent.market_id = places.market_id
            and intent.action = places.action
            and intent.round = opened.signature
    )
    and (hold.market_id is null or hold.released_at is not null)
    and not places.market_address
    || coalesce('@' || extract(epoch from hold.released_at)::text, '') = any(%(resting)s)
order by places.due_at, places.market_address
limit %(at_most)s
