with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'LiquidityWithdrawn'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- parties
        args ->> 'creator' as creator,

        ---------- numerics
        {{ number('args', 'amount') }} as amount,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
