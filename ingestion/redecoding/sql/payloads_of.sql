-- One transaction with its payload, in each slot where it stands.
select t.slot, t.signature, t.tx_index, t.block_time, p.payload
from raw.standing_transactions as t
inner join raw.payloads as p on p.slot = t.slot and p.signature = t.signature
where t.signature = $1
order by t.slot;
