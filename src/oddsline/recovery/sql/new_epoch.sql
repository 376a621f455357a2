-- Clients that saw positions which this database never told must drop their copies.
update live.epoch set epoch = gen_random_uuid(), minted_at = clock_timestamp()
returning epoch::text as epoch
