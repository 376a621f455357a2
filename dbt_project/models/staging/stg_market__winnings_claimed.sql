with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'WinningsClaimed'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- numerics
        {{ number('args', 'amount') }} as amount,
        {{ number('facts', 'reward') }} as reward,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
