insert into ops.api_keys (prefix, secret_hash, name, scopes, rate_per_minute, expires_at)
values (%(prefix)s, %(secret_hash)s, %(name)s, %(scopes)s, %(rate)s, %(expires_at)s)
