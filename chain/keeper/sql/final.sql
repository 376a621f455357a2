-- The account shows it at `finalized`: nothing can undo it. $1 ids
update ops.transitions set not_before = 'infinity'
where id = any($1::bigint[]) and state = 'done'
