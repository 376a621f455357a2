insert into ops.tally_trees (tally_id, tree, leaves, hashes)
values ($1, $2, $3, $4)
on conflict (tally_id, tree) do nothing
