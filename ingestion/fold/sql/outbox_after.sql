select pos, market_id, body
from live.outbox
where pos > $1
order by pos
limit $2
