-- Which market a path names by its address; unknown until its id is known.
select market_id, market_address
from marts.markets
where market_address = $1 and market_id is not null
