-- Every question that is open now, with the event that opened its round.
select
    market.market_id,
    market.market_address,
    case market.state when 'PROPOSED' then 'proposal' else 'dispute' end as kind,
    opened.signature as round,
    opened.slot as opened_slot,
    opened.at as opened_at
from marts.markets as market
cross join lateral (
    select transition.signature, transition.slot, transition.at
    from marts.market_transitions as transition
    where
        transition.market_address = market.market_address
        and transition.event
        = case market.state when 'PROPOSED' then 'MarketCreated' else 'DisputeInitiated' end
    order by transition.slot desc
    limit 1
) as opened
where market.state in ('PROPOSED', 'DISPUTED') and market.market_id is not null
order by opened.slot, market.market_id
