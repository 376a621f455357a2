-- What intake has given up trying (or has not tried for an hour) becomes a letter: one queue for all.
insert into ops.dead_letters (kind, key, payload, reason, class, next_retry_at)
select
    'delivery',
    coalesce(held.signature, 'delivery') || ':' || held.id,
    jsonb_build_object(
        'delivery_id', held.id, 'signature', held.signature, 'source', held.source,
        'tries', held.attempts
    ),
    held.reason, 'Permanent', clock_timestamp() + make_interval(secs => %(first_s)s)
from raw.deliveries as held
where
    held.status = 'quarantined'
    and (held.attempts >= 8 or held.received_at < clock_timestamp() - interval '1 hour')
    and not exists (
        select from ops.dead_letters as known
        where
            known.kind = 'delivery'
            and known.key = coalesce(held.signature, 'delivery') || ':' || held.id
    )
order by held.id
limit 500
on conflict (kind, key) do nothing
