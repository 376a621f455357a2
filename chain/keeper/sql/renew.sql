-- Prolong leases; the ids still held. $1 owner, $2 ids, $3 lease in seconds
update ops.transitions set lease_until = clock_timestamp() + make_interval(secs => $3)
where id = any($2::bigint[]) and lease_owner = $1 and state in ('leased', 'sent')
returning id
