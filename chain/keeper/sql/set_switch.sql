-- $1 paused, $2 reason
update ops.keeper_switch set paused = $1, reason = $2, changed_at = clock_timestamp()
