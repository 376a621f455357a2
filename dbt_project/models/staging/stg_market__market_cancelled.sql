with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'MarketCancelled'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- parties
        args ->> 'cancelled_by' as cancelled_by,

        ---------- timestamps
        {{ moment('args', 'cancelled_at') }} as emitted_at
    from events

)

select * from renamed
