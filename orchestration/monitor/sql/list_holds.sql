select
    holds.market_id,
    holds.rule,
    holds.reason,
    holds.held_at,
    markets.state,
    markets.proposed_outcome
from ops.holds as holds
left join marts.markets as markets on markets.market_id = holds.market_id
where holds.released_at is null
order by holds.held_at
