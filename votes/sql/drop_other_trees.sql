-- Of one market's vote only the count that stands ($3) keeps its trees.
delete from ops.tally_trees as tree
using ops.tallies as other
where
    other.market_id = $1 and other.kind = $2 and other.id <> $3
    and tree.tally_id = other.id
