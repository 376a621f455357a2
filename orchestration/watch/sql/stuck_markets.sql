-- Markets whose phase is over by more than the grace, oldest first; the ones held wait on purpose.
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
    count(*) over () as total,
    places.market_id,
    places.state,
    places.action,
    extract(epoch from to_timestamp(%(now)s) - places.due_at)::float8 as late_s,
    intent.state as intent,
    intent.error_name
from places
left join lateral (
    select
        newest.state::text as state,
        newest.error_name
    from ops.transitions as newest
    where newest.market_id = places.market_id and newest.action = places.action
    order by newest.id desc
    limit 1
) as intent on true
where
    places.due_at + make_interval(secs => %(grace_s)s) <= to_timestamp(%(now)s)
    and not exists (
        select from ops.holds as held
        where held.market_id = places.market_id and held.released_at is null
    )
order by places.due_at, places.market_id
limit %(at_most)s
