select prefix, name, scopes, rate_per_minute, created_at, expires_at, last_used_at, revoked_at
from ops.api_keys
order by created_at
