-- The streams know positions this database never gave out: it was restored from a backup.
-- Clients drop their copies on a new epoch; positions go on above the highest ever told.
with renewed as (
    update live.epoch set epoch = gen_random_uuid(), minted_at = clock_timestamp()
)
update live.cursors set seq = $1, updated_at = clock_timestamp()
where name = 'outbox' and seq < $1
