-- Seals what has ended, was just found equal to a rebuild and got nothing new since cursor $1.
insert into live.seals (market_address, hash, seq)
select h.market_address, h.hash, $1
from live.market_hashes(
    array(
        select m.market_address
        from marts.markets as m
        where
            m.state in ('FINALIZED', 'CANCELLED')
            and not exists (select from live.seals as s where s.market_address = m.market_address)
            and not exists (
                select from raw.events as e where e.market_address = m.market_address and e.seq > $1
            )
            and not exists (
                select from raw.revisions as r where r.market_address = m.market_address and r.seq > $1
            )
    )
) as h
on conflict do nothing
