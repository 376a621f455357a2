-- The alert says itself when its messages left.
with settled as (
    update ops.alert_messages as message
    set settled_at = clock_timestamp()
    where
        message.settled_at is null
        and not exists (
            select
            from unnest(%(names)s::text[]) as named (name)
            inner join ops.alert_targets as target on target.name = named.name
            where target.since <= message.changed_at and not named.name = any(message.delivered_to)
        )
    returning message.alert_id, message.change, cardinality(message.delivered_to) > 0 as told
)

update ops.alerts as alert
set
    delivered_at = coalesce(left_now.firing_at, alert.delivered_at),
    recovery_delivered_at = coalesce(left_now.recovery_at, alert.recovery_delivered_at),
    delivery_error = null
from (
    select
        alert_id,
        max(clock_timestamp()) filter (where change <> 'resolved') as firing_at,
        max(clock_timestamp()) filter (where change = 'resolved') as recovery_at
    from settled
    where told
    group by alert_id
) as left_now
where alert.id = left_now.alert_id
