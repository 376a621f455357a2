update ops.alerts
set state = 'resolved', resolved_at = clock_timestamp()
where rule = %(rule)s and subject = %(subject)s and state = 'firing';
