select name
from ops.alert_targets
where name = %(name)s and due_at <= clock_timestamp()
for update skip locked
