-- The key of a line's own commands and benchmarks: every scope, a limit it will not meet.
insert into ops.api_keys (prefix, secret_hash, name, scopes, rate_per_minute)
values (
    %(prefix)s, %(secret_hash)s, 'line', array['read', 'stream:all', 'service', 'admin'], 1000000
)
on conflict (prefix) do nothing
