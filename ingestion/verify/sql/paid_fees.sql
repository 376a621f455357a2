-- What all trades paid to the protocol's wallet, and how many paid at all.
select coalesce(sum(protocol_fee), 0) as lamports, count(*) as trades from marts.trades
