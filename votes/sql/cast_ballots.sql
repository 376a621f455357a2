-- Store a batch of verified ballots; one round trip, the lock is taken and freed by the server.
-- $1..$12: arrays of equal length. Answers in the order given.
select place, outcome, seq, received_at, last_nonce
from raw.cast_ballots(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
    $7::bigint[], $8::timestamptz[], $9::timestamptz[], $10::text[], $11::bytea[], $12::text[]
)
order by place
