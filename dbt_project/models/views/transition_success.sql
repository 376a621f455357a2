{{ config(readers='staff', rights='owner', contract={'enforced': true}) }}

-- A transition that a retry brought home is a success: its last ending within the window counts.
with

windows as (

    select
        name as time_window,
        length
    from (
        values
        ('1h', interval '1 hour'),
        ('24h', interval '24 hours'),
        ('7d', interval '7 days')
    ) as windows (name, length)

),

endings as (

    select * from {{ ref('stg_ops__transition_history') }}
    where to_state in ('done', 'failed') and from_state <> to_state

),

last_endings as (

    select distinct on (windows.time_window, endings.transition_id)
        windows.time_window,
        endings.to_state
    from windows
    inner join endings on endings.moved_at > now() - windows.length
    order by windows.time_window asc, endings.transition_id asc, endings.move_id desc

),

counted as (

    select
        time_window,
        count(*) as ended,
        count(*) filter (where to_state = 'done') as succeeded
    from last_endings
    group by time_window

),

final as (

    select
        windows.time_window,
        coalesce(counted.ended, 0) as ended,
        coalesce(counted.succeeded, 0) as succeeded,
        round(100.0 * counted.succeeded / nullif(counted.ended, 0), 3) as success_percent
    from windows
    left join counted on windows.time_window = counted.time_window

)

select * from final
