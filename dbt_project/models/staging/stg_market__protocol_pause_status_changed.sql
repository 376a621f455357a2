with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'ProtocolPauseStatusChanged'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- parties
        args ->> 'paused_by' as paused_by,

        ---------- booleans and outcomes
        {{ boolean('args', 'is_paused') }} as is_paused,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
