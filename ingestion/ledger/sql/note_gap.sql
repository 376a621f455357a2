-- Is this gap, or a part of it, open already?
select exists (
    select from raw.slot_ranges
    where program_id = $1 and standing = 'open' and from_slot <= $3 and to_slot >= $2
);
