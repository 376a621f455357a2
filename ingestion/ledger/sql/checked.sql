-- What the last pass saw (null = not even the tip), and why it could not finish if it could not.
update raw.ledger
set tip_slot = greatest(tip_slot, $2), error = $3, checked_at = clock_timestamp()
where program_id = $1;
