-- A guarded move; returns the letters that moved.
update ops.dead_letters set
    status = %(after)s,
    attempts = attempts + %(tried)s,
    next_retry_at = %(next_retry_at)s,
    reason = coalesce(%(reason)s, reason),
    resolved_at = case when %(after)s = 'resolved' then clock_timestamp() end,
    resolution = %(resolution)s,
    updated_at = clock_timestamp()
where id = any(%(ids)s) and status = any(%(before)s)
returning id
