-- The outbox after position $1, $2 rows: what sockets were told, as pages.
select pos, body
from live.outbox
where pos > $1
order by pos
limit $2
