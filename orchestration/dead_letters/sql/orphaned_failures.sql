-- Intents that failed and whose run did not live to bury them.
select intent.id
from ops.transitions as intent
where
    intent.state = 'failed'
    and intent.updated_at < clock_timestamp() - make_interval(secs => %(after_s)s)
order by intent.id
limit 500
