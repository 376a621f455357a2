-- Keep items whole. One that was kept before stays as it is, however often it is sent again.
insert into raw.deliveries (source, item, digest, signature, reason, status)
select $1, item, digest, signature, reason, status
from unnest($2::bytea[], $3::bytea[], $4::text[], $5::text[], $6::text[])
    as held (item, digest, signature, reason, status)
order by digest
on conflict (digest) do nothing;
