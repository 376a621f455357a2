-- Letters that a run took and never gave back.
select id
from ops.dead_letters
where
    status = 'retrying'
    and updated_at < clock_timestamp() - make_interval(secs => %(after_s)s)
order by id
