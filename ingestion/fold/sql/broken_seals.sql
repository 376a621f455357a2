-- Sealed markets whose rows are no longer what they were.
select s.market_address
from live.seals as s
left join
    live.market_hashes(array(select market_address from live.seals)) as h
    on s.market_address = h.market_address
where h.hash is distinct from s.hash
order by s.market_address
