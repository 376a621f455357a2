-- The deployed live models, and whether their rows belong to markets.
select
    m.name,
    m.relation,
    m.definition,
    exists (
        select from pg_attribute as a
        where a.attrelid = m.relation::regclass and a.attname = 'market_address' and not a.attisdropped
    ) as by_market
from live.models as m
order by m.name
