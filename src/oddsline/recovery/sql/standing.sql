-- Where a database stands: what a backup's manifest says and a restore is judged by.
select
    (select epoch::text from live.epoch) as epoch,
    (select coalesce(max(slot), 0) from raw.transactions) as last_slot,
    (select count(*) from raw.events) as events,
    (select count(*) from raw.votes) as ballots,
    (select coalesce(max(pos), 0) from live.outbox) as pos,
    (select version_num from public.alembic_version) as schema_version
