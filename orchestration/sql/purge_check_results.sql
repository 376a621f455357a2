delete from ops.check_results
where checked_at < now() - make_interval(days => %(days)s)
returning id;
