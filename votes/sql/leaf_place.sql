-- Where a leaf ($3) is, or would be, among the sorted leaves of a stored tree, counted from 0.
with recursive search as (
    select 0 as low, tree.leaves as high
    from ops.tally_trees as tree
    where tree.tally_id = $1 and tree.tree = $2
    union all
    select
        case when middle.is_less then middle.place + 1 else search.low end,
        case when middle.is_less then search.high else middle.place end
    from search
    cross join lateral (
        select
            (search.low + search.high) / 2 as place,
            substring(tree.hashes from 32 * ((search.low + search.high) / 2) + 1 for 32)
            < $3::bytea as is_less
        from ops.tally_trees as tree
        where tree.tally_id = $1 and tree.tree = $2
    ) as middle
    where search.low < search.high
)

select
    search.low as place,
    tree.leaves
from search
inner join ops.tally_trees as tree on tree.tally_id = $1 and tree.tree = $2
where search.low = search.high
