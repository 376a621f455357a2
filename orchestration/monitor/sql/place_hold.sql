-- A market is held by one reason at a time. A rule never overrules a person's release; an
-- operator's hold may come again.
insert into ops.holds as known (market_id, reason, rule)
values (%(market_id)s, %(reason)s, %(rule)s)
on conflict (market_id) do update set
    reason = excluded.reason,
    rule = excluded.rule,
    held_at = clock_timestamp(),
    released_at = null,
    released_by = null
where known.released_at is not null and excluded.rule = 'operator'
