select to_regclass('dagster.daemon_heartbeats') is not null as has_dagster
