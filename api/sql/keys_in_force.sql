select prefix, name, secret_hash, scopes, rate_per_minute, expires_at
from ops.api_keys
where
    prefix = any($1::text [])
    and revoked_at is null
    and (expires_at is null or expires_at > clock_timestamp())
