-- Markets whose finalization waits for a person, and why.
select row_to_json(fields)::text as body
from (
    select
        holds.market_id, markets.state, markets.proposed_outcome, holds.rule, holds.reason,
        holds.held_at
    from ops.holds as holds
    left join marts.markets as markets on holds.market_id = markets.market_id
    where holds.released_at is null
    order by holds.held_at, holds.market_id
    limit 1000
) as fields
