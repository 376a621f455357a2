-- Each failed intent of the list becomes a letter, or its letter learns of one more failure.
insert into ops.dead_letters as known (
    kind, key, payload, reason, class, status, attempts, next_retry_at
)
select 'transition', key, payload, reason, class, status, 0, next_retry_at
from jsonb_to_recordset(%(letters)s) as letter (
    key text, payload jsonb, reason text, class text, status text, next_retry_at timestamptz
)
on conflict (kind, key) do update set
    payload = excluded.payload,
    reason = excluded.reason,
    class = excluded.class,
    status = case when known.status = 'resolved' then excluded.status else known.status end,
    attempts = case when known.status = 'resolved' then 0 else known.attempts end,
    next_retry_at = case
        when known.status = 'resolved' then excluded.next_retry_at else known.next_retry_at
    end,
    resolved_at = null,
    resolution = null,
    updated_at = clock_timestamp()
