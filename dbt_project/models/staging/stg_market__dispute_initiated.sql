with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'DisputeInitiated'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- parties
        args ->> 'initiator' as initiator,

        ---------- booleans and outcomes
        {{ outcome('args', 'disputed_outcome') }} as disputed_outcome,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
