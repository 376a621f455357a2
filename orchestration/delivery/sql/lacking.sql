select
    message.id,
    alert.rule,
    alert.subject,
    message.change,
    message.severity,
    message.summary,
    alert.runbook_url,
    alert.fired_at,
    message.changed_at
from ops.alert_messages as message
inner join ops.alerts as alert on alert.id = message.alert_id
inner join ops.alert_targets as target on target.name = %(name)s
where
    message.settled_at is null
    and message.changed_at >= target.since
    and not target.name = any(message.delivered_to)
order by message.id
limit %(at_most)s
