-- Of each check the newest stays, however old: it is what the page shows.
delete from dagster.asset_check_executions as old
where
    old.create_timestamp < (now() at time zone 'utc') - make_interval(days => %(days)s)
    and exists (
        select from dagster.asset_check_executions as newer
        where
            newer.asset_key = old.asset_key
            and newer.check_name = old.check_name
            and newer.id > old.id
    )
returning old.id;
