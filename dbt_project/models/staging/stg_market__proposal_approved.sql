with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'ProposalApproved'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- parties
        args ->> 'approved_by' as approved_by,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
