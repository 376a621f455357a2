select c.seq + 1 as seq, e.signature
from live.cursors as c
left join raw.events as e on e.seq = c.seq + 1
where c.name = 'events'
