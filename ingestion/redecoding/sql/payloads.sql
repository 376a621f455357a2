-- A page of standing transactions with their payloads, in chain order after ($3, $4).
select t.slot, t.signature, t.tx_index, t.block_time, p.payload
from raw.standing_transactions as t
inner join raw.payloads as p on p.slot = t.slot and p.signature = t.signature
where
    t.slot between $1 and $2 and p.slot between $1 and $2
    and (t.slot, t.signature) > ($3, $4)
order by t.slot, t.signature
limit $5;
