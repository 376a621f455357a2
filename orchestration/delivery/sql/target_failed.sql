-- 2 s, 4 s, 8 s … to ten minutes; it is never given up: a target that is gone leaves the settings.
update ops.alert_targets
set
    failures = failures + 1,
    error = %(error)s,
    due_at = clock_timestamp() + least(interval '10 minutes', interval '2 s' * 2 ^ least(failures, 12))
where name = %(name)s
returning failures
