-- One row: what landed in the last ten minutes, how late, and the last hour beside the week's hours.
with recent as (
    select
        events.received_at,
        events.block_time,
        transactions.source
    from raw.events as events
    inner join raw.transactions as transactions
        on
            transactions.slot = events.slot
            and transactions.signature = events.signature
    where
        events.seq > (select coalesce(max(seq), 0) - 50000 from raw.events)
        and events.received_at > now() - interval '10 minutes'
),

-- Only what was pushed: a backfill lands old blocks, and means to.
pushed as (
    select
        count(*) as events,
        percentile_disc(0.95) within group (
            order by extract(epoch from received_at - block_time)
        ) as late_seconds_p95
    from recent
    where source = 'webhook'
),

hours as (
    select
        date_trunc('hour', created_at) as hour,
        sum(signatures) as signatures
    from raw.slot_ranges
    where created_at > now() - interval '7 days' and standing <> 'open'
    group by 1
),

week as (
    select
        count(*) as hours,
        percentile_disc(0.5) within group (order by signatures) as median
    from hours
    where hour < date_trunc('hour', now())
),

last_hour as (
    select coalesce(sum(signatures), 0) as signatures
    from raw.slot_ranges
    where created_at > now() - interval '1 hour' and standing <> 'open'
)

select
    'landing' as stream,
    pushed.events,
    pushed.late_seconds_p95,
    -- A day of history and an hour worth comparing, else nothing is said.
    case when week.hours >= 24 and week.median >= 60 then last_hour.signatures::numeric / week.median end
        as volume_ratio,
    (
        select count(*) from ops.dead_letters
        where kind = 'event' and status <> 'resolved'
    ) as unreadable_events,
    (
        select count(*) from raw.deliveries
        where status = 'quarantined' and received_at > now() - interval '1 day'
    ) as quarantined
from pushed
cross join week
cross join last_hour
