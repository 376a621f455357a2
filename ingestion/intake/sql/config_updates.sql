-- Configuration updates in chain order. They name no market, so the index on it finds them.
select slot, args
from raw.events
where market_address is null and name = $1
order by slot, tx_index, position;
