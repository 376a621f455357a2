-- One at a time decides about a round: 7103 is this lock's place among ours.
select pg_advisory_xact_lock(7103, hashtext($1::text || $2::text || $3::text))
