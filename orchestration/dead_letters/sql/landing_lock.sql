-- Whoever draws from raw.seq holds it until the commit, so that commit order is sequence order.
select pg_advisory_xact_lock(7101)
