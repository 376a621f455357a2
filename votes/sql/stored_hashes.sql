-- Hashes of a stored tree by their places ($3), in that order.
select substring(tree.hashes from 32 * wanted.place + 1 for 32) as hash
from ops.tally_trees as tree
cross join unnest($3::integer[]) with ordinality as wanted (place, number)
where tree.tally_id = $1 and tree.tree = $2
order by wanted.number
