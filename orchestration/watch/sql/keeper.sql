-- Seconds since a keeper last spoke to this database: it asks for work four times a second, and a
-- killed or frozen one does not. Null = none is connected.
select
    extract(epoch from clock_timestamp() - max(greatest(state_change, backend_start)))::float8
        as silent_s
from pg_stat_activity
where application_name = 'oddsline-keeper' and datname = current_database()
