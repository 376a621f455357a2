-- Which markets an event that opens a vote belongs to: $1 is the signature of its transaction.
-- Read from raw, which has an index on signatures; nearly always one, for one creates one.
select distinct market.market_id
from raw.transactions as landed
inner join raw.events as opened
    on opened.slot = landed.slot and opened.signature = landed.signature
inner join marts.markets as market on market.market_address = opened.market_address
where
    landed.signature = $1
    and opened.name in ('MarketCreated', 'DisputeInitiated')
    and market.market_id is not null
order by market.market_id
limit 10
