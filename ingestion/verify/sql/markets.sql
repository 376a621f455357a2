select
    market_address, market_id, creator, state, b_parameter, initial_liquidity,
    shares_yes, shares_no, volume_gross, final_outcome
from marts.markets
