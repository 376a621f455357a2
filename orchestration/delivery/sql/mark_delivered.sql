update ops.alert_messages
set delivered_to = delivered_to || %(name)s::text
where id = any(%(ids)s)
