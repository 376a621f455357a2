with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'MarketCreated'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- parties
        args ->> 'creator' as creator,

        ---------- numerics
        {{ number('args', 'b_parameter') }} as b_parameter,
        {{ number('ix_args', 'initial_liquidity') }} as initial_liquidity,
        {{ number('facts', 'deposited') }} as deposited,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
