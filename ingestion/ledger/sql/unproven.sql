-- The oldest agreed ranges after a slot that a provider at `tip` can speak of.
select id, from_slot, to_slot, signatures, signatures_hash
from raw.slot_ranges
where program_id = $1 and standing = 'agreed' and to_slot > $2 and to_slot <= $3
order by from_slot
limit $4;
