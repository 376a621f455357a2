select
    id, kind, key, payload, reason, class, status, attempts, next_retry_at,
    created_at, updated_at, resolved_at, resolution
from ops.dead_letters
where id = any(%(ids)s)
order by id
