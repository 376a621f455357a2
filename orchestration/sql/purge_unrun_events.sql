-- Reports of processes and sensors belong to no run: of each asset's kind of event the newest stays.
delete from dagster.event_logs as old
where
    old.run_id = ''
    and old.timestamp < (now() at time zone 'utc') - make_interval(days => %(days)s)
    and exists (
        select from dagster.event_logs as newer
        where
            newer.asset_key = old.asset_key
            and newer.dagster_event_type = old.dagster_event_type
            and newer.run_id = ''
            and newer.id > old.id
    )
returning old.id;
