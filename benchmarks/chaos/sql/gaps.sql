select from_slot, to_slot, reason from ops.open_gaps order by from_slot limit 20
