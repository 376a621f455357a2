-- The first transaction above a slot that a closed range holds.
select t.signature
from raw.standing_transactions as t
where t.slot > $2 and t.slot <= (select tip_slot from raw.ledger where program_id = $1)
order by t.slot, t.tx_index
limit 1;
