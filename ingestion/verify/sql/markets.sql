select
    m.market_address, m.market_id, m.creator, m.state, m.b_parameter, m.initial_liquidity,
    m.shares_yes, m.shares_no, m.volume_gross, m.final_outcome,
    v.held, v.provider_fees, v.resolver_fees - v.rewards as resolver_fees_due
from marts.markets as m
inner join marts.market_vaults as v on v.market_address = m.market_address
