-- Votes that ended on chain without a tally of ours, newest first: somebody else's keys at work.
select decided.market_id, decided.event, decided.signature, decided.at
from marts.market_transitions as decided
where
    decided.market_id is not null
    and (
        decided.event = 'ProposalApproved'
        or (decided.event = 'MarketFinalized' and decided.from_state = 'DISPUTED')
    )
    and not exists (
        select 1
        from ops.tallies as tally
        where
            tally.market_id = decided.market_id
            and tally.memo is not null
            and tally.kind
            = case decided.event when 'ProposalApproved' then 'proposal' else 'dispute' end
    )
order by decided.at desc
