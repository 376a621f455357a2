-- Alerts of these rules that fire now.
select rule, subject
from ops.alerts
where state = 'firing' and rule = any(%(rules)s)
