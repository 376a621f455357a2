-- The placeholders are filled from live.models, which only dbt writes; {{chosen}} is `true` or one
-- of the choices of markets in audit.py.
with new_events as not materialized (
    select * from live.event_rows(0, (select seq from live.cursors where name = 'events'))
    where {{chosen}}
),
new_votes as not materialized (
    select * from raw.votes
    where seq <= (select seq from live.cursors where name = 'votes') and {{chosen}}
),
rebuild as materialized (
    select to_jsonb(d) as line from (
        {{definition}}
    ) as d
),
mart as materialized (
    select to_jsonb(m) as line from {{relation}} as m where {{chosen}}
),
missing as (select line from rebuild except all select line from mart),
surplus as (select line from mart except all select line from rebuild)
select
    (select count(*) from mart) as rows,
    (select count(*) from rebuild) as rebuilt,
    (select md5(coalesce(string_agg(h, '' order by h), '')) from (select md5(line::text) as h from mart) as m) as hash,
    (select md5(coalesce(string_agg(h, '' order by h), '')) from (select md5(line::text) as h from rebuild) as r) as rebuilt_hash,
    (select coalesce(jsonb_agg(line), '[]') from (select line from missing limit 5) as f) as missing,
    (select coalesce(jsonb_agg(line), '[]') from (select line from surplus limit 5) as f) as surplus
