-- Let an empty range go on where one with as little in it ends: a quiet program has few rows.
update raw.slot_ranges
set to_slot = $3, closed_at = clock_timestamp()
where
    id = (
        select id from raw.slot_ranges
        where program_id = $1 and from_slot < $2::bigint and standing <> 'open'
        order by from_slot desc
        limit 1
    )
    and to_slot = $2::bigint - 1 and signatures = 0 and standing = 'agreed' and source = $4
    and reason is null -- a gap that closed keeps its bounds
returning id;
