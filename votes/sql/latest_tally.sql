-- The count that stands in the newest round that was counted: the one carried to the chain, else
-- the newest.
select
    id, market_id, kind, round, in_favour, against, voters, threshold_bps, quorum, eligibility,
    decision, decided_by, counted_root, rejected_root, rejected, ineligible, cutoff_seq,
    chain_until, sent_in_favour, sent_against, memo, computed_at
from ops.tallies
where
    market_id = $1 and kind = $2
    and round = (
        select newest.round
        from ops.tallies as newest
        where newest.market_id = $1 and newest.kind = $2
        order by newest.id desc
        limit 1
    )
order by memo is not null desc, id desc
limit 1
