-- The market as far as a ballot needs to know it: $1 is an id or an address.
-- The round of a phase is the signature of the event that opened it.
select
    market.market_id,
    market.market_address,
    market.state,
    proposal.signature as proposal_round,
    proposal.slot as proposal_slot,
    proposal.at as proposal_at,
    dispute.signature as dispute_round,
    dispute.slot as dispute_slot,
    dispute.at as dispute_at
from marts.markets as market
left join lateral (
    select opened.signature, opened.slot, opened.at
    from marts.market_transitions as opened
    where opened.market_address = market.market_address and opened.event = 'MarketCreated'
    order by opened.slot desc
    limit 1
) as proposal on true
left join lateral (
    select opened.signature, opened.slot, opened.at
    from marts.market_transitions as opened
    where opened.market_address = market.market_address and opened.event = 'DisputeInitiated'
    order by opened.slot desc
    limit 1
) as dispute on true
where market.market_id = $1 or market.market_address = $1
