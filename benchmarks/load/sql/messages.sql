-- Of a range of positions: how many messages each market was told.
select market_id, count(*) as number
from live.outbox
where pos > $1 and pos <= $2
group by market_id
