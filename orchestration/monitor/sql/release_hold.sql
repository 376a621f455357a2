update ops.holds
set released_at = clock_timestamp(), released_by = %(by)s
where market_id = %(market_id)s and released_at is null
