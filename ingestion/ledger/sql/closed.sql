-- Closed ranges that reach above a slot, in order.
select from_slot, to_slot
from raw.slot_ranges
where
    program_id = $1 and standing <> 'open'
    and from_slot >= coalesce((
        select max(from_slot) from raw.slot_ranges
        where program_id = $1 and standing <> 'open' and from_slot <= $2
    ), $2)
order by from_slot;
