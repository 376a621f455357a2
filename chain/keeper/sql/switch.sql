select paused, reason from ops.keeper_switch
