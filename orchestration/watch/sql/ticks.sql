-- Seconds since each switched-on sensor and schedule ticked, at most since the database is up: a line
-- that was stopped for a night has missed nothing. What is usual between two ticks (null after the
-- first), and whether the last three failed. One that is gone from the code is forgotten after a day.
select
    expected.name,
    expected.kind,
    ticks.usual_s::float8 as usual_s,
    coalesce(ticks.failed, 0) as failed,
    least(
        extract(epoch from clock_timestamp() at time zone 'UTC' - ticks.last_at),
        extract(epoch from clock_timestamp() - pg_postmaster_start_time())
    )::float8 as silent_s
from (
    select
        selector_id,
        lower(instigator_type) as kind,
        instigator_body::jsonb #>> '{origin,job_name}' as name
    from dagster.instigators
    where status in ('DECLARED_IN_CODE', 'AUTOMATICALLY_RUNNING', 'RUNNING')
) as expected
cross join lateral (
    select
        max(recent.at) as last_at,
        extract(epoch from max(recent.gap)) as usual_s,
        count(*) filter (where recent.place <= 3 and recent.status = 'FAILURE') as failed
    from (
        select
            "timestamp" as at,
            status,
            row_number() over (order by id desc) as place,
            "timestamp" - lead("timestamp") over (order by id desc) as gap
        from dagster.job_ticks
        where selector_id = expected.selector_id
        order by id desc
        limit 6
    ) as recent
) as ticks
where
    ticks.last_at > clock_timestamp() at time zone 'UTC'
    - greatest(interval '1 day', 3 * make_interval(secs => ticks.usual_s::float8))
order by expected.name
