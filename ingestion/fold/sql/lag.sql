select
    folded.seq,
    told.seq as pos,
    (select epoch::text from live.epoch) as epoch,
    (select last_value from raw.seq) - folded.seq as backlog,
    coalesce(
        extract(epoch from clock_timestamp() - (
            select e.received_at from raw.events as e where e.seq > folded.seq order by e.seq limit 1
        )),
        0
    )::float8 as lag_s
from live.cursors as folded
cross join live.cursors as told
where folded.name = 'events' and told.name = 'outbox'
