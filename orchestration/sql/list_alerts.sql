select
    alert.fired_at,
    alert.state,
    alert.severity,
    alert.rule,
    alert.subject,
    alert.summary,
    case
        when exists (
            select from ops.alert_messages as message
            where message.alert_id = alert.id and message.settled_at is null
        ) then coalesce('undelivered: ' || alert.delivery_error, 'undelivered')
        when alert.delivered_at is null and alert.recovery_delivered_at is null then 'told nobody'
        else 'delivered'
    end as told
from ops.alerts as alert
where %(every)s or alert.state = 'firing'
order by alert.fired_at desc, alert.id desc
limit %(at_most)s
