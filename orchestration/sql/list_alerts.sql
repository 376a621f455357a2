select fired_at, state, severity, rule, subject, summary
from ops.alerts
where %(every)s or state = 'firing'
order by fired_at desc, id desc
limit %(at_most)s
