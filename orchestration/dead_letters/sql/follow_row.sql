-- A replayed row was parked again: the letter follows it, and the one just written for it is the same.
with followed as (
    update ops.dead_letters set
        payload = payload || jsonb_build_object('seq', %(seq)s::bigint)
    where id = %(id)s
)

update ops.dead_letters set
    status = 'resolved',
    resolution = 'the same row as letter ' || %(id)s,
    resolved_at = clock_timestamp(),
    updated_at = clock_timestamp()
where kind = 'fold' and id <> %(id)s and status <> 'resolved' and (payload ->> 'seq')::bigint = %(seq)s
