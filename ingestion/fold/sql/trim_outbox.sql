-- Positions grow with time, so the oldest lie at the low end of the primary key.
delete from live.outbox
where pos in (
    select oldest.pos
    from (select pos, created_at from live.outbox order by pos limit 20000) as oldest
    where oldest.created_at < clock_timestamp() - make_interval(secs => $1)
)
