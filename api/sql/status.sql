-- The line at a glance.
select
    e.epoch::text as epoch,
    c.seq as folded_seq,
    (select case when is_called then last_value else 0 end from raw.seq) as landed_seq,
    (select count(*) from marts.markets where market_id is not null) as markets,
    (select count(*) from ops.dead_letters where status <> 'resolved') as dead_letters_open,
    (select count(*) from ops.alerts where state = 'firing') as alerts_firing
from live.epoch as e
cross join live.cursors as c
where c.name = 'events'
