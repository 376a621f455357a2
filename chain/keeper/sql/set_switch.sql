update ops.keeper_switch
set paused = %(paused)s, reason = %(reason)s, changed_at = clock_timestamp()
