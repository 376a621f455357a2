-- How many of the keeper's transitions ended well lately, by window.
select row_to_json(fields)::text as body
from (
    select
        time_window as "window", ended, succeeded, success_percent::float8 as success_percent
    from marts.transition_success
    order by array_position(array['1h', '24h', '7d'], time_window)
) as fields
