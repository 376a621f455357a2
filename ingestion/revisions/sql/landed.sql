-- A transaction's events as they landed.
select to_jsonb(e) as event
from raw.events as e
where e.slot = $1 and e.signature = $2
order by e.position;
