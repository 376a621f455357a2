-- One page of the positions of wallet $1 that the caller may see, after market address $2, $3 rows.
-- Row-level security decides again what the route has decided.
select (select row_to_json(fields) from (select {{position_fields}}) as fields)::text as body
from marts.positions as p
where
    p.wallet = $1
    and p.market_id is not null
    and ($2::text is null or p.market_address > $2)
order by p.market_address
limit $3::text::integer
