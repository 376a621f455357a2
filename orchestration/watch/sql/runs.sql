-- Dagster's runs: those that wait or run now, and those that ended within the hour.
select
    lower(status) as status,
    count(*)::float8 as runs,
    extract(epoch from clock_timestamp() at time zone 'UTC' - min(create_timestamp))::float8 as oldest_s
from dagster.runs
where
    status in ('QUEUED', 'NOT_STARTED', 'MANAGED', 'STARTING', 'STARTED', 'CANCELING')
    or update_timestamp > clock_timestamp() at time zone 'UTC' - interval '1 hour'
group by status
order by status
