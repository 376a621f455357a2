with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'MarketFinalized'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- numerics
        {{ number('ix_args', 'dispute_agree') }} as dispute_agree,
        {{ number('ix_args', 'dispute_disagree') }} as dispute_disagree,

        ---------- booleans and outcomes
        {{ outcome('args', 'final_outcome') }} as final_outcome,
        {{ boolean('args', 'was_disputed') }} as was_disputed,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
