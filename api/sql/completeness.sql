-- The completeness ledger as it stands.
select row_to_json(fields)::text as body
from (
    select
        program_id, standing, from_slot, up_to_slot, tip_slot, lag_slots,
        moved_at, checked_at, error, open_gaps, oldest_gap_at
    from ops.completeness
    order by program_id, standing
) as fields
