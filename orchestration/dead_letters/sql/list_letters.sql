select
    id, kind, key, payload, reason, class, status, attempts, next_retry_at,
    created_at, updated_at, resolved_at, resolution
from ops.dead_letters
where
    (%(status)s::text is null or status = %(status)s)
    and (%(kind)s::text is null or kind = %(kind)s)
order by id desc
limit %(at_most)s
