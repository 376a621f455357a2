-- What waits in the dead letters; a person's first.
select row_to_json(fields)::text as body
from (
    select
        id,
        kind,
        key,
        reason,
        status,
        attempts,
        next_retry_at,
        created_at
    from ops.dead_letters
    where status <> 'resolved'
    order by status = 'manual_review' desc, id desc
    limit 20
) as fields
