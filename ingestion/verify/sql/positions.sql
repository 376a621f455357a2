select market_address, wallet, shares_yes, shares_no, invested, claimed, trade_count
from marts.positions
