-- Held items whose next try is due: at once, then after 5 s, 15 s, 35 s … up to an hour. What was
-- quarantined is tried eight times (ten minutes), then waits for a person.
select id, received_at, source, item, signature, reason, status, attempts
from raw.deliveries
where
    (status = 'queued' or status = 'quarantined' and attempts < 8)
    and received_at + make_interval(secs => least(5 * (2 ^ attempts - 1), 3600)) <= clock_timestamp()
order by id
limit $1;
