with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'GlobalConfigInitialized'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- parties
        args ->> 'admin' as admin,
        args ->> 'backend_authority' as backend_authority,

        ---------- numerics
        {{ number('args', 'protocol_fee_bps') }} as protocol_fee_bps,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
