-- Standing transactions of a range of slots.
select slot, signature, tx_index
from raw.standing_transactions
where slot between $1 and $2;
