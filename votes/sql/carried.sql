-- What the chain is told of a round: the count, or what an operator sent in its place.
select
    coalesce(sent_in_favour, in_favour) as in_favour,
    coalesce(sent_against, against) as against,
    memo,
    decided_by
from ops.tallies
where market_id = $1 and kind = $2 and round = $3 and memo is not null
