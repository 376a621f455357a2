-- A day in the last $1 for each position, and the leaderboard's windows summed from them.
insert into marts.wallet_daily (
    market_address, wallet, day, market_id, invested, proceeds, claimed, volume_gross, fees,
    protocol_fees, resolver_fees, shares_yes_change, shares_no_change, trade_count, claim_count
)
select
    market_address, wallet, current_date - (hashtext(wallet || market_address) & 2147483647) % $1::integer,
    market_id, invested, proceeds, claimed, invested, invested / 11, invested / 37, invested / 55, shares_yes,
    shares_no, trade_count, 0
from marts.positions
