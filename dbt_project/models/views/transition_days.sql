{{ config(readers='staff', rights='owner', contract={'enforced': true}) }}

with

-- Read three times below, each time a part of it, so worked out in place.
moves as not materialized (

    select
        history.*,
        transitions.action,
        transitions.market_address,
        (history.moved_at at time zone 'UTC')::date as day
    from {{ ref('stg_ops__transition_history') }} as history
    inner join {{ ref('stg_ops__transitions') }} as transitions on history.transition_id = transitions.transition_id

),

-- Few intents are signed twice: only these can have landed twice.
signed_anew as (

    select
        transition_id,
        max(market_address) as market_address,
        max(action) as action
    from moves
    where to_state = 'sent'
    group by transition_id
    having min(signature) <> max(signature)

),

-- What the chain says, not what we remember: signatures of one intent with an event each.
landed as (

    select
        signed_anew.transition_id,
        max(signed_anew.action) as action,
        max((sent.moved_at at time zone 'UTC')::date) as day,
        count(distinct sent.signature) as signatures
    from signed_anew
    inner join {{ ref('stg_ops__transition_history') }} as sent
        on signed_anew.transition_id = sent.transition_id and sent.to_state = 'sent'
    inner join {{ ref('lifecycle_events') }} as events
        on signed_anew.market_address = events.market_address and sent.signature = events.signature
    group by signed_anew.transition_id

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

landings as (

    select
        moves.day,
        moves.action,
        percentile_cont(array[0.5, 0.95]) within group (
            order by extract(epoch from moves.moved_at - sent.last_at)::float8
        ) as seconds
    from moves
    cross join
        lateral (
            select max(before.moved_at) as last_at
            from {{ ref('stg_ops__transition_history') }} as before
            where
                before.transition_id = moves.transition_id
                and before.to_state = 'sent'
                and before.move_id < moves.move_id
        ) as sent
    where moves.to_state = 'done' and moves.how = 'landed'
    group by moves.day, moves.action

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
        coalesce(sum(fee) filter (where to_state = 'sent'), 0) as fees
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
        landings.seconds[1] as seconds_to_land_p50,
        landings.seconds[2] as seconds_to_land_p95,
        coalesce(failures.failures, '{}'::jsonb) as failures,
        coalesce(doubles.double_sends, 0) as double_sends
    from days
    left join failures on days.day = failures.day and days.action = failures.action
    left join landings on days.day = landings.day and days.action = landings.action
    left join doubles on days.day = doubles.day and days.action = doubles.action

)

select * from final
