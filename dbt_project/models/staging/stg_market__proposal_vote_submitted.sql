with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'ProposalVoteSubmitted'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- booleans and outcomes
        {{ boolean('args', 'vote') }} as vote,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
