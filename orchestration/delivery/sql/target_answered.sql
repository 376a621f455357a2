update ops.alert_targets
set failures = 0, error = null, delivered_at = clock_timestamp(), due_at = clock_timestamp()
where name = %(name)s
