select signature, slot, max(seq) as seq, array_agg(name order by seq) as events
from raw.events
where seq > $1 and seq <= $2 and not mirrored
group by signature, slot
order by seq
