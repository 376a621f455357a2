-- How far the fold has come, for a process that the stream does not tell.
select
    e.epoch::text as epoch,
    coalesce((select max(pos) from live.outbox), 0) as pos,
    coalesce((select max(last_slot) from marts.markets), 0) as slot,
    coalesce(
        (
            select extract(epoch from clock_timestamp() - min(r.received_at)) * 1000
            from raw.events as r
            where r.seq > c.seq
        ),
        0
    )::bigint as lag_ms,
    c.seq as folded_seq,
    (select last_value from raw.seq) as landed_seq
from live.epoch as e
cross join live.cursors as c
where c.name = 'events'
