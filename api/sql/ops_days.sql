-- A week of transitions, day by day.
select row_to_json(fields)::text as body
from (
    select
        day,
        sum(attempts)::bigint as attempts,
        sum(succeeded)::bigint as succeeded,
        sum(double_sends)::bigint as double_sends,
        max(seconds_to_land_p95) as seconds_to_land_p95
    from marts.transition_days
    where day > now() - interval '7 days'
    group by day
    order by day
) as fields
