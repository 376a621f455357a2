with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'MarketActivated'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- parties
        args ->> 'creator' as creator,

        ---------- numerics
        {{ number('args', 'initial_liquidity') }} as initial_liquidity,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
