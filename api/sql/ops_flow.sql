-- How far landing and fold are, the ledger's gaps, and what landed in each of the last 60 minutes.
with minutes as (
    select
        date_trunc('minute', created_at) as minute,
        sum(signatures) as signatures
    from raw.slot_ranges
    where created_at > now() - interval '60 minutes'
    group by 1
),

trend as (
    select jsonb_agg(coalesce(minutes.signatures, 0) order by clock.minute) as per_minute
    from generate_series(
        date_trunc('minute', now()) - interval '59 minutes', date_trunc('minute', now()), interval '1 minute'
    ) as clock (minute)
    left join minutes on minutes.minute = clock.minute
),

gaps as (
    select
        coalesce(sum(open_gaps), 0) as open_gaps,
        min(oldest_gap_at) as oldest_gap_at
    from ops.completeness
    where standing = 'agreed'
)

select row_to_json(fields)::text as body
from (
    select
        (select case when is_called then last_value else 0 end from raw.seq) as landed_seq,
        cursors.seq as folded_seq,
        coalesce(
            (
                select extract(epoch from clock_timestamp() - min(events.received_at)) * 1000
                from raw.events as events
                where events.seq > cursors.seq
            ),
            0
        )::bigint as lag_ms,
        gaps.open_gaps,
        gaps.oldest_gap_at,
        trend.per_minute
    from live.cursors as cursors
    cross join gaps
    cross join trend
    where cursors.name = 'events'
) as fields
