-- The newest runs, and before them the newest that failed within a day: what went wrong comes first.
with newest as (
    select
        id,
        run_id,
        pipeline_name,
        status,
        create_timestamp,
        start_time,
        end_time
    from dagster.runs
    order by id desc
    limit 300
),

shown as (
    select
        newest.*,
        row_number() over (order by id desc) as place,
        status = 'FAILURE' and create_timestamp > now() at time zone 'UTC' - interval '1 day' as failed
    from newest
)

select row_to_json(fields)::text as body
from (
    select
        run_id,
        pipeline_name as job,
        lower(status) as status,
        create_timestamp at time zone 'UTC' as created_at,
        (coalesce(end_time, extract(epoch from now())) - start_time)::float8 as seconds
    from shown
    where failed or place <= 12
    order by failed desc, id desc
    limit 20
) as fields
