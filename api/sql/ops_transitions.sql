-- The transitions that are not done, and the newest that are.
select row_to_json(fields)::text as body
from (
    select
        id,
        market_id,
        action,
        state::text as state,
        attempts,
        error_name,
        updated_at
    from ops.transitions
    order by state in ('done', 'cancelled'), updated_at desc
    limit 20
) as fields
