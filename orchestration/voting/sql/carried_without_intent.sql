-- Approvals that a tally stands for and nobody has opened yet, oldest first.
select
    tally.market_id, market.market_address, tally.round, tally.in_favour, tally.against,
    tally.memo, tally.chain_until
from ops.tallies as tally
inner join marts.markets as market on market.market_id = tally.market_id
where
    tally.kind = 'proposal' and tally.memo is not null and market.state = 'PROPOSED'
    and not exists (
        select 1
        from ops.transitions as intent
        where
            intent.market_id = tally.market_id and intent.round = tally.round
            and intent.action = 'approve_proposal'
    )
order by tally.id
