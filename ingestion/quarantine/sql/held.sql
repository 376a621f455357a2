-- Held items, oldest first: of one status, or by id.
select id, received_at, source, item, signature, reason, status, attempts
from raw.deliveries
where ($1::text is null or status = $1) and ($2::bigint[] is null or id = any($2))
order by id
limit $3;
