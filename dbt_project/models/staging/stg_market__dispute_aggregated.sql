with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'DisputeAggregated'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- numerics
        {{ number('args', 'agrees') }} as agrees,
        {{ number('args', 'disagrees') }} as disagrees,

        ---------- booleans and outcomes
        {{ boolean('args', 'dispute_succeeded') }} as dispute_succeeded,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
