-- Open disputes that nobody may decide but an operator, oldest first, with their last count.
select tally.market_id, tally.round, tally.in_favour, tally.against, tally.quorum, tally.computed_at
from marts.markets as market
cross join lateral (
    select opened.signature
    from marts.market_transitions as opened
    where
        opened.market_address = market.market_address and opened.event = 'DisputeInitiated'
    order by opened.chain_order desc
    limit 1
) as dispute
cross join lateral (
    select *
    from ops.tallies as counted
    where
        counted.market_id = market.market_id and counted.kind = 'dispute'
        and counted.round = dispute.signature
    order by counted.memo is not null desc, counted.id desc
    limit 1
) as tally
where market.state = 'DISPUTED' and tally.decision = 'manual_review'
order by tally.id
