update ops.api_keys
set last_used_at = clock_timestamp()
where prefix = any($1::text [])
