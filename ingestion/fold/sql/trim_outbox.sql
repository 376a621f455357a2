delete from live.outbox
where pos in (
    select pos from live.outbox
    where created_at < clock_timestamp() - make_interval(secs => $1)
    order by created_at
    limit 20000
)
