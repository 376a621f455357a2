-- Take up the open ranges that a new verdict touches.
delete from raw.slot_ranges
where program_id = $1 and standing = 'open' and from_slot <= $3 and to_slot >= $2
returning from_slot, to_slot, source, reason, created_at;
