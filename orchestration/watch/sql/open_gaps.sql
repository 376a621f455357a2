-- Ranges of slots that have been incomplete for too long, oldest first.
select
    count(*) over () as total,
    gaps.program_id,
    gaps.from_slot,
    gaps.to_slot,
    gaps.reason,
    gaps.age_s
from ops.open_gaps as gaps
where gaps.age_s > %(limit_s)s
order by gaps.age_s desc, gaps.from_slot
limit %(at_most)s
