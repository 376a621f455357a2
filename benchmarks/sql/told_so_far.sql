-- Keeps what a feed has told as the fold keeps it: the last seqs $2 of the markets $1.
insert into live.market_seqs (market_address, seq)
select address, seq
from unnest($1::text [], $2::bigint []) as t (address, seq)
on conflict (market_address) do update set seq = excluded.seq
