-- When trades were received from the chain and when they were written for clients (Unix seconds).
select
    o.pos,
    extract(epoch from t.received_at)::float8 as received_at,
    extract(epoch from o.created_at)::float8 as written_at
from live.outbox as o
inner join marts.trades as m on m.trade_id = o.body::json -> 'data' ->> 'trade_id'
inner join raw.transactions as t on t.slot = m.slot and t.signature = m.signature
where o.pos > $1 and o.pos <= $2 and o.type = 'trade:executed'
