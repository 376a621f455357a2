-- Letters whose time has come; one that was never scheduled is due at once.
select id, kind, key, payload, attempts
from ops.dead_letters
where status = 'open' and coalesce(next_retry_at, created_at) <= clock_timestamp()
order by coalesce(next_retry_at, created_at), id
limit %(at_most)s
