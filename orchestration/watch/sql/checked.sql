-- Seconds since each suite was judged, at most since the database is up, and what is usual between
-- two judgings (null after the first). A suite that is gone from the code is forgotten after a day;
-- each is told by the one of its checks that was judged last.
with recent as (
    select
        suite,
        check_name,
        checked_at,
        checked_at - lag(checked_at) over per_check as gap,
        row_number() over (partition by suite, check_name order by checked_at desc) as place
    from ops.check_results
    where checked_at > clock_timestamp() - interval '8 days'
    window per_check as (partition by suite, check_name order by checked_at)
),

rhythms as (
    select
        suite,
        check_name,
        max(checked_at) as last_at,
        extract(epoch from max(gap))::float8 as usual_s
    from recent
    where place <= 6
    group by suite, check_name
)

select distinct on (suite)
    suite as name,
    'suite' as kind,
    least(
        extract(epoch from clock_timestamp() - last_at),
        extract(epoch from clock_timestamp() - pg_postmaster_start_time())
    )::float8 as silent_s,
    usual_s
from rhythms
where last_at > clock_timestamp() - greatest(interval '1 day', 3 * make_interval(secs => usual_s))
order by suite asc, last_at desc, check_name asc
