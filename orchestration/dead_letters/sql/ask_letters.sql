-- Letters whose time has come, longest due first; they rest while the run that is asked for starts.
with due as (
    select
        id,
        row_number() over (order by coalesce(next_retry_at, created_at), id) as place
    from ops.dead_letters
    where status = 'open' and coalesce(next_retry_at, created_at) <= clock_timestamp()
    order by place
    limit %(at_most)s
),

resting as (
    update ops.dead_letters as letter
    set next_retry_at = clock_timestamp() + make_interval(secs => %(rest_s)s)
    from due
    where letter.id = due.id and letter.status = 'open'
    returning letter.id, due.place
)

select id from resting order by place
