-- A market and the seq of the last message that told of it; one statement, so they belong together.
select
    coalesce(s.seq, 0) as seq,
    (select row_to_json(fields) from (select {{market_fields}}) as fields)::text as body
from marts.markets as m
left join live.market_seqs as s on m.market_address = s.market_address
where m.market_address = $1
