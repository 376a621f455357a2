update ops.alerts
set delivery_error = %(error)s
where id in (select alert_id from ops.alert_messages where id = any(%(ids)s))
