-- The copy of marts.markets that is sorted by what every trade moves, as housekeeping keeps it.
insert into marts.market_rank (market_address, market_id, state, creator, volume, created_at, last_trade_at)
select market_address, market_id, state, creator, volume, created_at, last_trade_at
from marts.markets
