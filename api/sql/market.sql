-- One market by its address.
select (select row_to_json(fields) from (select {{market_fields}}) as fields)::text as body
from marts.markets as m
where m.market_address = $1
