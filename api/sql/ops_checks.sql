-- Each check's newest result, failing ones first, and its last results oldest first.
with results as (
    select
        suite,
        check_name,
        severity,
        passed,
        checked_at,
        observed,
        row_number() over (partition by suite, check_name order by checked_at desc, id desc) as place
    from ops.check_results
    where checked_at > now() - interval '1 day'
)

select row_to_json(fields)::text as body
from (
    select
        suite,
        check_name as name,
        max(severity) filter (where place = 1) as severity,
        bool_or(passed) filter (where place = 1) as passed,
        max(checked_at) as checked_at,
        (array_agg(observed order by place))[1] ->> 'unexpected_count' as unexpected,
        jsonb_agg(passed order by place desc) filter (where place <= 24) as lately
    from results
    group by suite, check_name
    order by passed, suite, name
) as fields
