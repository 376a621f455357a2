-- Any event that names a market, for what all have in common.
with

events as (

    select * from {{ source('raw', 'events') }}
    where market_address is not null

),

renamed as (

    select
        {{ event_identity() }}
    from events

)

select * from renamed
