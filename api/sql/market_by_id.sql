-- Which market a path names by its id.
select market_id, market_address
from marts.markets
where market_id = $1
