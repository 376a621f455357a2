update ops.api_keys
set revoked_at = clock_timestamp()
where prefix = %(prefix)s and revoked_at is null
