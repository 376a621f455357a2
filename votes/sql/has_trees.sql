select exists (select from ops.tally_trees where tally_id = $1)
