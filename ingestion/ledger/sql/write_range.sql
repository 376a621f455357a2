insert into raw.slot_ranges (
    program_id, from_slot, to_slot, source, commitment, signatures, signatures_hash,
    standing, reason, created_at, closed_at
)
values (
    $1, $2, $3, $4, $5, $6, $7, $8, $9,
    coalesce($10, clock_timestamp()),
    case when $8 = 'open' then null else clock_timestamp() end
);
