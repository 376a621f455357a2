with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'MarketResolved'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- parties
        args ->> 'resolver' as resolver,

        ---------- booleans and outcomes
        {{ outcome('args', 'outcome') }} as outcome,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
