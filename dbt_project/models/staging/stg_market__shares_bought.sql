with

events as (

    select * from {{ source('raw', 'events') }}
    where name = 'SharesBought'

),

renamed as (

    select
        {{ event_identity() }},

        ---------- numerics
        {{ number('args', 'shares') }} as shares,
        {{ number('args', 'cost') }} as cost,
        {{ number('args', 'new_price_yes') }} as new_price_yes,
        {{ number('facts', 'gross') }} as gross,
        {{ number('facts', 'fee') }} as fee,
        {{ number('facts', 'protocol_fee') }} as protocol_fee,
        {{ number('facts', 'resolver_fee') }} as resolver_fee,

        ---------- booleans and outcomes
        {{ outcome('args', 'outcome') }} as outcome,

        ---------- timestamps
        {{ moment('args', 'timestamp') }} as emitted_at
    from events

)

select * from renamed
