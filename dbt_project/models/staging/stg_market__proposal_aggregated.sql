with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'ProposalAggregated'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- numerics
        {{ number('args', 'likes') }} as likes,
        {{ number('args', 'dislikes') }} as dislikes,

        ---------- booleans and outcomes
        {{ boolean('args', 'approved') }} as approved,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
