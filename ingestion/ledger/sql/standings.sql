-- Lag by standing and the open gaps, as metrics tell them.
select
    standing,
    lag_slots,
    open_gaps,
    extract(epoch from clock_timestamp() - oldest_gap_at)::float8 as oldest_gap_s
from ops.completeness
where program_id = $1;
