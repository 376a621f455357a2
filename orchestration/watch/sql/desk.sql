-- What lies on the operators' desk, counted: alerts, dead letters, held markets, open intents, and
-- the checks whose newest result within the day is a failure.
select
    'alerts' as what,
    rule as kind,
    severity as state,
    count(*)::float8 as found
from ops.alerts
where state = 'firing'
group by rule, severity
union all
select
    'letters' as what,
    kind,
    status as state,
    count(*)::float8 as found
from ops.dead_letters
where status <> 'resolved'
group by kind, status
union all
select
    'holds' as what,
    rule as kind,
    'held' as state,
    count(*)::float8 as found
from ops.holds
where released_at is null
group by rule
union all
select
    'intents' as what,
    action as kind,
    state::text as state,
    count(*)::float8 as found
from ops.transitions
where state not in ('done', 'cancelled')
group by action, state
union all
select
    'checks' as what,
    newest.suite as kind,
    newest.severity as state,
    count(*) filter (where not newest.passed)::float8 as found
from (
    select distinct on (suite, check_name)
        suite,
        severity,
        passed
    from ops.check_results
    where checked_at > clock_timestamp() - interval '1 day'
    order by suite, check_name, checked_at desc
) as newest
group by newest.suite, newest.severity
order by what, kind, state
