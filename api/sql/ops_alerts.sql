-- What fires now, then what did within a day.
select row_to_json(fields)::text as body
from (
    select
        rule,
        subject,
        severity,
        state,
        summary,
        fired_at,
        resolved_at
    from ops.alerts
    where state = 'firing' or resolved_at > now() - interval '1 day'
    order by state, case severity when 'critical' then 0 when 'warning' then 1 else 2 end, fired_at desc
    limit 40
) as fields
