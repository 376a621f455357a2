insert into ops.check_results (suite, check_name, passed, severity, observed, sample, run_id)
values (%(suite)s, %(check_name)s, %(passed)s, %(severity)s, %(observed)s, %(sample)s, %(run_id)s);
