{{ config(readers='staff', rights='owner', contract={'enforced': true}) }}

with

moves as (

    select
        history.*,
        transitions.action,
        transitions.market_address,
        (history.moved_at at time zone 'UTC')::date as day,
        max(history.moved_at) filter (where history.to_state = 'sent') over (
            partition by history.transition_id order by history.move_id asc
        ) as sent_at
    from {{ ref('stg_ops__transition_history') }} as history
    inner join {{ ref('stg_ops__transitions') }} as transitions on history.transition_id = transitions.transition_id

),

-- What the chain says, not what we remember: signatures of one intent with an event each.
landed as (

    select
        moves.transition_id,
        max(moves.day) as day,
        max(moves.action) as action,
        count(distinct moves.signature) as signatures
    from moves
    inner join {{ ref('lifecycle_events') }} as events
        on moves.market_address = events.market_address and moves.signature = events.signature
    where moves.to_state = 'sent'
    group by moves.transition_id

),

doubles as (

    select
        day,
        action,
        sum(signatures - 1)::bigint as double_sends
    from landed
    where signatures > 1
    group by day, action

),

failures as (

    select
        day,
        action,
        jsonb_object_agg(error_name, times) as failures
    from (
        select
            day,
            action,
            coalesce(error_name, 'Unknown') as error_name,
            count(*) as times
        from moves
        where to_state = 'failed'
        group by day, action, coalesce(error_name, 'Unknown')
    ) as named
    group by day, action

),

days as (

    select
        day,
        action,
        count(*) filter (where from_state = 'open' and to_state = 'leased') as attempts,
        count(*) filter (where to_state = 'sent' and signature is not null) as signed,
        count(*) filter (where to_state = 'done' and from_state <> 'done') as succeeded,
        count(*) filter (where to_state = 'failed') as failed,
        count(*) filter (where from_state = 'sent' and to_state = 'leased') as expired,
        coalesce(sum(fee) filter (where to_state = 'sent'), 0) as fees,
        percentile_cont(0.5) within group (
            order by
                case
                    when to_state = 'done' and how = 'landed' then extract(epoch from moved_at - sent_at)::float8
                end
        ) as seconds_to_land_p50,
        percentile_cont(0.95) within group (
            order by
                case
                    when to_state = 'done' and how = 'landed' then extract(epoch from moved_at - sent_at)::float8
                end
        ) as seconds_to_land_p95
    from moves
    group by day, action

),

final as (

    select
        days.day,
        days.action,
        days.attempts,
        days.signed,
        days.succeeded,
        days.failed,
        days.expired,
        days.fees,
        days.seconds_to_land_p50,
        days.seconds_to_land_p95,
        coalesce(failures.failures, '{}'::jsonb) as failures,
        coalesce(doubles.double_sends, 0) as double_sends
    from days
    left join failures on days.day = failures.day and days.action = failures.action
    left join doubles on days.day = doubles.day and days.action = doubles.action

)

select * from final
