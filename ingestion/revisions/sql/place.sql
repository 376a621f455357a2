-- A transaction's place in its block, once somebody told it.
update raw.transactions set tx_index = $3 where slot = $1 and signature = $2;
