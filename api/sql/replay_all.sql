-- What anybody was told after position $1 within the last $2 seconds, $3 rows.
select pos, body
from live.outbox
where pos > $1 and created_at > clock_timestamp() - make_interval(secs => $2)
order by pos
limit $3
