-- Votes that ended on chain otherwise than a tally of ours says, newest first: somebody else's keys
-- at work. A week back by the chain's own clock: what was decided before us is not news for ever.
with decided as (
    select
        ended.market_id,
        ended.event,
        ended.signature,
        ended.at,
        case ended.event when 'ProposalApproved' then 'proposal' else 'dispute' end as kind,
        case ended.event
            when 'ProposalApproved' then market.proposal_likes
            else market.dispute_agree
        end as in_favour,
        case ended.event
            when 'ProposalApproved' then market.proposal_dislikes
            else market.dispute_disagree
        end as against
    from marts.market_transitions as ended
    inner join marts.markets as market on market.market_address = ended.market_address
    where
        ended.market_id is not null
        and (
            ended.event = 'ProposalApproved'
            or (ended.event = 'MarketFinalized' and ended.from_state = 'DISPUTED')
        )
        and ended.at > (select max(at) from marts.market_transitions) - interval '7 days'
)

select
    decided.market_id,
    decided.event,
    decided.signature,
    decided.at,
    decided.in_favour,
    decided.against,
    tally.in_favour as tally_in_favour,
    tally.against as tally_against
from decided
left join lateral (
    select
        coalesce(carried.sent_in_favour, carried.in_favour) as in_favour,
        coalesce(carried.sent_against, carried.against) as against
    from ops.tallies as carried
    where
        carried.market_id = decided.market_id and carried.kind = decided.kind
        and carried.memo is not null
    order by carried.id desc
    limit 1
) as tally on true
where
    tally.in_favour is null
    or decided.in_favour is distinct from tally.in_favour
    or decided.against is distinct from tally.against
order by decided.at desc
