select distinct wallet from marts.positions where wallet = any($1::text[]) and trade_count > 0
