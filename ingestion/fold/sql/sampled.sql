-- Markets of turn $1 of $2: each market has one turn in a round.
select market_address
from marts.markets
where (hashtext(market_address) & 2147483647) % $2::integer = $1::integer
