-- Seconds since each of the daemon's threads was last heard of (Dagster writes UTC without a zone).
select
    daemon_type as name,
    extract(epoch from clock_timestamp() at time zone 'UTC' - "timestamp")::float8 as silent_s
from dagster.daemon_heartbeats
where daemon_type in ('SENSOR', 'SCHEDULER', 'QUEUED_RUN_COORDINATOR', 'MONITORING')
order by daemon_type
