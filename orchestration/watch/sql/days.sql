-- The last week's figures by action, and what ever landed twice.
select
    action,
    coalesce(sum(attempts) filter (where recent), 0)::bigint as attempts,
    coalesce(sum(succeeded) filter (where recent), 0)::bigint as succeeded,
    coalesce(sum(expired) filter (where recent), 0)::bigint as expired,
    coalesce(sum(fees) filter (where recent), 0)::float8 as fees,
    max(seconds_to_land_p95) filter (where recent) as seconds_to_land_p95,
    sum(double_sends)::bigint as double_sends,
    coalesce(
        jsonb_object_agg(day::text, failures) filter (where recent and failures <> '{}'::jsonb),
        '{}'::jsonb
    ) as failures
from (
    select
        *,
        day > (clock_timestamp() at time zone 'UTC')::date - 7 as recent
    from marts.transition_days
) as days
group by action
