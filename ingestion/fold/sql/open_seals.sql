-- Opens the seals of markets of which anything new was folded, and of all once a model was deployed anew.
delete from live.seals as s
where
    s.sealed_at < (select max(deployed_at) from live.models)
    or exists (select from raw.events as e where e.market_address = s.market_address and e.seq > s.seq)
    or exists (select from raw.revisions as r where r.market_address = s.market_address and r.seq > s.seq)
